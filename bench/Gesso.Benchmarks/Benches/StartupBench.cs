using System.Diagnostics;
using Gesso.Benchmarks.Measuring;
using Gesso.Benchmarks.Reporting;
using Gesso.Contracts.Errors;

namespace Gesso.Benchmarks.Benches;

/// <summary>The program as people start it: from the command to its end, as a child process.</summary>
internal sealed class StartupBench : IBench
{
    private const double MostSecondsFirst = 3;
    private const double MostSecondsFurther = 1;
    private const int Several = 5;

    public string Name => "startup";

    public string Question => "How long does a person wait for `gesso generate`, from pressing return to the prompt's coming back? The bundled gesso-mini.";

    public BenchResult Run(BenchArguments arguments)
    {
        string program = Path.Combine(Checkout.Root, "artifacts", "bin", "Gesso.Cli", "release", "gesso.dll");
        if (!File.Exists(program))
        {
            throw GessoException.Unavailable("not_built",
                $"The command-line program is not built: {program} is missing. Run `dotnet build src/Gesso.Cli -c Release` first.");
        }
        using var folder = new TemporaryFolder();
        Work Generate(string name, int count)
        {
            string[] threads = arguments.Threads is { } n ? ["--threads", $"{n}"] : [];
            string[] words = ["generate", MiniBench.Prompt, "--seed", "1", "--count", $"{count}", "--out", folder.File("picture.png"), "--device", "cpu", "--preview", "off", .. threads];
            return new Work(name, () => Start(program, words));
        }
        var times = Interleaved.Run("gesso", arguments.Repeat,
            new Work("gesso --version", () => Start(program, "--version")), Generate("1 picture", 1), Generate($"{Several} pictures", Several));
        var further = new Samples("a further picture", [.. times[2].Milliseconds.Zip(times[1].Milliseconds, (several, one) => (several - one) / (Several - 1))]);
        Samples[] all = [.. times, further];
        return new BenchResult
        {
            Notes =
            [
                $"Milliseconds of wall time from starting `dotnet gesso.dll generate` to its exit, files written; {arguments.Repeat} processes of each kind in turn after one that is not counted, "
                + $"so the files lie in the page cache. A further picture is the {Several} pictures less the 1 picture of the same round, divided by {Several - 1}. "
                + "`gesso --version` does nothing: it is the share of the .NET runtime and of parsing the command line.",
            ],
            Tables = [new ResultTable("From start to exit", ["what", "ms", "(min)"], [.. all.Select(s => new[] { s.Name, $"{s.Median:0}", $"{s.Min:0}" })])],
            Targets =
            [
                new Target("1 picture, seconds", times[1].Median / 1000, MostSecondsFirst, TargetDirection.AtMost),
                new Target("a further picture, seconds", further.Median / 1000, MostSecondsFurther, TargetDirection.AtMost),
            ],
            Samples = all,
        };
    }

    private static void Start(string program, params IReadOnlyList<string> words)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(program);
        foreach (string word in words)
            start.ArgumentList.Add(word);
        using var process = Process.Start(start) ?? throw GessoException.Unavailable("no_dotnet", "`dotnet` could not be started: is it on the PATH?");
        var output = process.StandardOutput.ReadToEndAsync();
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        output.GetAwaiter().GetResult();
        if (process.ExitCode != 0)
            throw GessoException.Bug("child_failed", $"`gesso {string.Join(' ', words)}` ended with {process.ExitCode}:\n{error}");
    }
}
