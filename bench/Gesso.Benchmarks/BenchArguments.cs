using System.Globalization;
using Gesso.Contracts.Errors;

namespace Gesso.Benchmarks;

/// <summary>The command line, checked.</summary>
internal sealed record BenchArguments
{
    /// <summary>Text tokens of the FLUX benches; the rest of a sequence is image.</summary>
    public const int TextTokens = 256;

    public const string Usage = """
        usage: dotnet run --project bench/Gesso.Benchmarks -c Release -- BENCH [options]
          BENCH              blocks, step, dequant, adapters, text, train, mini, startup, serve, queue, soak or all; style, typography
          --tokens A,B       sequence lengths, 256 text tokens included (default 512,1536; dequant takes the largest)
          --repeat N         measured rounds, after one that is not (default 7)
          --minutes N        length of soak (default 10)
          --threads N        compute threads (default: one a physical core)
          --blocks D,S       double and single blocks of step, dequant and train (default 2,4; FLUX.1 has 19,38)
          --art FOLDER       style: pictures of all styles, made by tools/art (default art)
          --styles A,B       style: which are learnt (default fxemoji,openmoji)
          --adapter FILE:W   style: judge this adapter instead of training one
          --lines N          typography: lines a script (default 1000)
          --scripts A,B      typography: measure these only, and report those of earlier runs beside them (default all)
          --results FOLDER   where the report goes (default bench/results)
          --json FILE        where its JSON goes (default beside the report)
        """;

    public required string Bench { get; init; }

    /// <summary>Ascending, each above <see cref="TextTokens"/>.</summary>
    public IReadOnlyList<int> Tokens { get; init; } = [512, 1536];

    public int Repeat { get; init; } = 7;

    public int Minutes { get; init; } = 10;

    public int? Threads { get; init; }

    public int DoubleBlocks { get; init; } = 2;

    public int SingleBlocks { get; init; } = 4;

    public string ArtFolder { get; init; } = "art";

    public IReadOnlyList<string> Styles { get; init; } = ["fxemoji", "openmoji"];

    public string? Adapter { get; init; }

    public int Lines { get; init; } = 1000;

    /// <summary>Empty: all.</summary>
    public IReadOnlyList<string> Scripts { get; init; } = [];

    public string? ResultsFolder { get; init; }

    public string? JsonFile { get; init; }

    /// <summary>What to type to measure this again: the options the bench looks at. Places of files change nothing and are left out.</summary>
    public string CommandFor(string bench)
    {
        string tokens = bench switch
        {
            "blocks" or "step" => $" --tokens {string.Join(',', Tokens)}",
            "dequant" => $" --tokens {Tokens[^1]}",
            _ => "",
        };
        string blocks = bench is "step" or "dequant" or "train" ? $" --blocks {DoubleBlocks},{SingleBlocks}" : "";
        string threads = Threads is { } n ? $" --threads {n}" : "";
        string length = bench switch
        {
            "soak" => $" --minutes {Minutes}",
            "style" => $" --styles {string.Join(',', Styles)}",
            "typography" => $" --lines {Lines}",
            _ => $" --repeat {Repeat}",
        };
        return $"dotnet run --project bench/Gesso.Benchmarks -c Release -- {bench}{tokens}{blocks}{length}{threads}";
    }

    public static BenchArguments Parse(IReadOnlyList<string> words)
    {
        if (words.Count == 0 || words[0].StartsWith('-'))
            throw GessoException.Invalid("no_bench", Usage);
        var parsed = new BenchArguments { Bench = words[0] };
        for (int i = 1; i < words.Count; i += 2)
        {
            string option = words[i];
            string value = i + 1 < words.Count ? words[i + 1] : throw GessoException.Invalid("no_value", $"{option} needs a value.\n{Usage}");
            parsed = option switch
            {
                "--tokens" => parsed with { Tokens = [.. Numbers(option, value, TextTokens + 1, 65_536).Distinct().Order()] },
                "--repeat" => parsed with { Repeat = Number(option, value, 1000) },
                "--minutes" => parsed with { Minutes = Number(option, value, 1000) },
                "--threads" => parsed with { Threads = Number(option, value, 1024) },
                "--blocks" => Numbers(option, value, 1, 64) is [var doubles, var singles]
                    ? parsed with { DoubleBlocks = doubles, SingleBlocks = singles }
                    : throw Bad(option, value, "two numbers such as 2,4"),
                "--art" => parsed with { ArtFolder = value },
                "--styles" => parsed with { Styles = value.Split(',') },
                "--adapter" => parsed with { Adapter = value },
                "--lines" => parsed with { Lines = Number(option, value, 100_000) },
                "--scripts" => parsed with { Scripts = value.Split(',') },
                "--results" => parsed with { ResultsFolder = value },
                "--json" => parsed with { JsonFile = value },
                _ => throw GessoException.Invalid("unknown_option", $"There is no option {option}.\n{Usage}"),
            };
        }
        return parsed.JsonFile is not null && parsed.Bench == "all"
            ? throw GessoException.Invalid("bad_argument", "--json names one file, all makes several reports: leave it out, or give --results FOLDER.")
            : parsed;
    }

    private static int Number(string option, string text, int high) =>
        Numbers(option, text, 1, high) is [var number] ? number : throw Bad(option, text, "one number");

    private static int[] Numbers(string option, string text, int low, int high)
    {
        string[] parts = text.Split(',');
        int[] numbers = new int[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (!int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]) || numbers[i] < low || numbers[i] > high)
                throw Bad(option, text, $"numbers of {low} to {high}");
        }
        return numbers;
    }

    private static GessoException Bad(string option, string value, string expected) =>
        GessoException.Invalid("bad_argument", $"{option}: expected {expected}, got \"{value}\".");
}
