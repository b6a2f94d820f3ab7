using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Gesso.Torch.Native;

/// <summary>An NVIDIA device as its driver describes it.</summary>
/// <param name="Index">The driver's number; CUDA_VISIBLE_DEVICES may renumber it.</param>
/// <param name="FreeBytes">Device memory not in use by any process.</param>
/// <param name="ComputeCapability">For example <c>8.9</c>; FP8 arithmetic needs 8.9, bfloat16 8.0.</param>
public sealed record CudaDevice(int Index, string Name, long TotalBytes, long FreeBytes, string DriverVersion, string ComputeCapability);

/// <summary>Asks <c>nvidia-smi</c>, which answers without loading gigabytes of CUDA libraries into this process.</summary>
internal static class CudaSurvey
{
    public const string Tool = "nvidia-smi";

    /// <summary>A driver that is starting up or broken can keep the tool waiting for minutes.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private const string Query = "--query-gpu=index,memory.total,memory.free,driver_version,compute_cap,name";

    /// <returns>The devices, or none and the reason.</returns>
    public static (IReadOnlyList<CudaDevice> Devices, string? Note) Take(string tool, TimeSpan patience)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(tool, [Query, "--format=csv,noheader,nounits"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            })!;
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            Task<string> errors = process.StandardError.ReadToEndAsync();
            if (!Task.WhenAll(output, errors).Wait(patience) || !process.WaitForExit(patience))
            {
                process.Kill(entireProcessTree: true);
                return ([], $"{tool} did not answer within {patience.TotalSeconds:0.#} s: the NVIDIA driver may be starting or broken.");
            }
            if (process.ExitCode != 0)
                return ([], $"{tool} failed ({process.ExitCode}): {FirstLine(errors.Result) ?? FirstLine(output.Result) ?? "no message"}");
            IReadOnlyList<CudaDevice> devices = Parse(output.Result);
            return (devices, devices.Count == 0 ? $"{tool} lists no device." : null);
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException or IOException)
        {
            return ([], $"{tool} is not here: no NVIDIA driver.");
        }
    }

    /// <summary>Reads the tool's CSV, memory in MiB; the name comes last because it may hold commas. Lines it cannot read are left out.</summary>
    public static IReadOnlyList<CudaDevice> Parse(string csv)
    {
        List<CudaDevice> devices = [];
        foreach (string line in csv.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] fields = line.Split(',', 6, StringSplitOptions.TrimEntries);
            if (fields.Length == 6 && int.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out int index))
                devices.Add(new CudaDevice(index, fields[5], Mebibytes(fields[1]), Mebibytes(fields[2]), fields[3], fields[4]));
        }
        return devices;
    }

    // devices that share the machine's memory answer "[N/A]"
    private static long Mebibytes(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) && value < 1L << 40 ? value << 20 : 0;

    private static string? FirstLine(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).FirstOrDefault();
}
