using System.Text;
using Gesso.Contracts.Errors;

namespace Gesso.Torch.Native;

/// <summary>The messages a person reads when libtorch cannot be used: what was tried, why each place was refused, what to do.</summary>
internal static class LoadErrors
{
    public static GessoException NotFound(TorchOptions options, NativeHost host, IReadOnlyList<string> refusals)
    {
        var text = new StringBuilder();
        text.AppendLine($"libtorch {NativeVersions.LibTorchMinor}x for {host.Rid} was not found. Tried:");
        foreach (string refusal in refusals)
            text.AppendLine($"  - {refusal}");
        text.Append(Advice(options, host));
        return GessoException.Unavailable("libtorch_not_found", text.ToString());
    }

    public static GessoException ShimNotFound(NativeHost host, IReadOnlyList<string> trace)
    {
        var text = new StringBuilder();
        text.AppendLine($"TorchSharp's native library {host.LibraryFile("LibTorchSharp")} was not found. Tried:");
        foreach (string path in LibTorchSearch.ShimCandidates(host))
            text.AppendLine($"  - {path}: no such file");
        AppendTrace(text, trace);
        text.Append($"Restore the package TorchSharp {NativeVersions.TorchSharp}, or put its file of runtimes/{host.Rid}/native beside the program.");
        return GessoException.Unavailable("libtorch_not_found", text.ToString());
    }

    public static GessoException Refused(string library, string reason, IReadOnlyList<string> trace)
    {
        var text = new StringBuilder();
        text.AppendLine($"The loader refused {library}: {reason}");
        AppendTrace(text, trace);
        text.Append(Cure(reason));
        return GessoException.Unavailable("libtorch_load_failed", text.ToString());
    }

    private static void AppendTrace(StringBuilder text, IReadOnlyList<string> trace)
    {
        if (trace.Count > 0)
            text.AppendLine("Before that:");
        foreach (string line in trace)
            text.AppendLine($"  - {line}");
    }

    private static string Advice(TorchOptions options, NativeHost host)
    {
        string named = LibTorchSearch.Candidates(options, host) is [{ Explicit: true } first, ..] ? first.Origin : "";
        if (named.Length == 0)
        {
            return $"Set GESSO_LIBTORCH to a folder with libtorch {NativeVersions.LibTorch} (a libtorch archive, or torch of a Python installation), "
                + $"or restore the package libtorch-cpu-{host.Rid} {NativeVersions.LibTorch} into the package cache.";
        }
        NativeHost silent = host with { Variable = name => name == "GESSO_LIBTORCH" ? null : host.Variable(name) };
        LibTorchFinding other = LibTorchSearch.Find(options with { LibTorchPath = null }, silent);
        return other.Folder is { } folder
            ? $"Correct {named}, or remove it: then {folder} is used."
            : $"Correct {named}: it names the folder with {host.LibraryFile("torch_cpu")}, its parent, or the site-packages or torch folder of a Python.";
    }

    private static string Cure(string reason) => reason switch
    {
        _ when reason.Contains("GLIBCXX_", StringComparison.Ordinal) =>
            "The system's libstdc++ is too old: use Debian 12, Ubuntu 22.04 or newer, or put a newer libstdc++.so.6 on LD_LIBRARY_PATH.",
        _ when reason.Contains("GLIBC_", StringComparison.Ordinal) =>
            "The system's C library is too old: glibc 2.34 or newer is needed (Debian 12, Ubuntu 22.04, RHEL 9).",
        _ when reason.Contains("undefined symbol", StringComparison.Ordinal) =>
            $"This libtorch is not version {NativeVersions.LibTorchMinor}x, or was built with the old C++ ABI: point GESSO_LIBTORCH to a matching one.",
        _ => "Check that the file is whole and made for this machine; `gesso doctor` shows the machine.",
    };
}
