using Gesso.Torch.Native;

namespace Gesso.Torch.Tests.Native;

/// <summary>A machine that exists only as a list of files and variables.</summary>
internal static class FakeHost
{
    public static NativeHost Linux(IReadOnlyDictionary<string, string> files, params (string Name, string Value)[] variables)
    {
        Dictionary<string, string> environment = variables.ToDictionary(v => v.Name, v => v.Value);
        return new NativeHost
        {
            System = NativeSystem.Linux,
            Rid = "linux-x64",
            AppFolder = "/app",
            HomeFolder = "/home/ada",
            Variable = environment.GetValueOrDefault,
            FileExists = files.ContainsKey,
            ReadText = files.GetValueOrDefault,
        };
    }

    /// <summary>The files that make a folder a libtorch, and others with their text.</summary>
    public static Dictionary<string, string> LibTorchIn(string folder, params (string Path, string Text)[] others)
    {
        Dictionary<string, string> files = others.ToDictionary(o => o.Path, o => o.Text);
        foreach (string name in new[] { "libtorch_cpu.so", "libtorch.so", "libc10.so" })
            files[$"{folder}/{name}"] = "";
        return files;
    }
}
