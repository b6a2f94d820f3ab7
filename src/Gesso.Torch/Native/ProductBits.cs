namespace Gesso.Torch.Native;

/// <summary>Whether a product of matrices comes out the same to the bit each time.</summary>
internal static class ProductBits
{
    private const string Branch = "MKL_CBWR";

    /// <summary>
    /// MKL chooses its kernels by where matrices begin in memory unless conditional numerical reproducibility is asked for: on a processor with AVX-512 the same network
    /// gave other last digits at its second pass, and a recipe another picture. AUTO keeps the fastest set of kernels that gives the same bits (Intel oneMKL developer
    /// guide, "Obtaining numerically reproducible results"). Read at the first product; a choice that the user made in the environment stays.
    /// </summary>
    /// <returns>What was set, or null.</returns>
    public static string? Fix() => OperatingSystem.IsLinux() && NativeVariable.SetIfAbsent(Branch, "AUTO") ? $"{Branch}={Environment.GetEnvironmentVariable(Branch) ?? "AUTO"}" : null;
}
