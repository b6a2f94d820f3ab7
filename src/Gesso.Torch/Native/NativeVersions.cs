namespace Gesso.Torch.Native;

/// <summary>The versions of Directory.Packages.props that the search needs at run time; Gesso.Architecture.Tests keeps the two equal.</summary>
public static class NativeVersions
{
    public const string TorchSharp = "0.107.0";

    public const string LibTorch = "2.10.0";

    /// <summary>Libtorch builds of this minor version have the binary interface the shim was compiled against.</summary>
    public const string LibTorchMinor = "2.10.";
}
