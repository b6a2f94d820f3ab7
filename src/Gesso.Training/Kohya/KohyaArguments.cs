using System.Globalization;
using Gesso.Contracts.Errors;

namespace Gesso.Training.Kohya;

/// <summary>
/// A command line of kohya's trainer taken apart: <c>accelerate launch</c> with its own flags, the script, then the script's flags, each with its values. Flags of
/// Gesso may stand among them.
/// </summary>
public sealed class KohyaArguments
{
    private static readonly string[] s_starters = ["accelerate", "python", "python3", "launch", "-m", "accelerate.commands.launch"];
    private static readonly string[] s_marks = ["pretrained_model_name_or_path", "train_data_dir", "dataset_config", "config_file", "network_module"];

    private readonly Dictionary<string, IReadOnlyList<string>> _values;

    private KohyaArguments(Dictionary<string, IReadOnlyList<string>> values, IReadOnlyList<string> others) => (_values, Others) = (values, others);

    /// <summary>The script that was named, or null.</summary>
    public string? Script { get; private init; }

    /// <summary>What is not kohya's: Gesso's own words, in order.</summary>
    public IReadOnlyList<string> Others { get; }

    /// <summary>Names of flags that were given.</summary>
    public IEnumerable<string> Given => _values.Keys;

    /// <summary>Whether words after <c>gesso train</c> are such a command line.</summary>
    public static bool Matches(IReadOnlyList<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        return words.Count > 0 && (s_starters.Contains(words[0]) || words[0].EndsWith(".py", StringComparison.Ordinal) || words.Any(w => s_marks.Contains(NameOf(w))));
    }

    /// <exception cref="GessoException"><c>unknown_flag</c>, <c>no_value</c>.</exception>
    public static KohyaArguments Parse(IReadOnlyList<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        int start = 0;
        string? script = null;
        for (int i = 0; i < words.Count; i++)
        {
            if (!words[i].EndsWith(".py", StringComparison.Ordinal))
                continue;
            script = words[i];
            start = i + 1;                                                                  // what stands before it is accelerate's
            break;
        }
        Dictionary<string, IReadOnlyList<string>> values = [];
        List<string> others = [];
        for (int i = start; i < words.Count;)
        {
            string word = words[i++];
            if (script is null && s_starters.Contains(word))
                continue;
            if (NameOf(word) is not { } name)
            {
                others.Add(word);
                continue;
            }
            if (KohyaFlag.Find(name) is not { } flag)
            {
                if (word.Contains('_', StringComparison.Ordinal))
                    throw Unknown(word, name);
                others.Add(word);
                while (i < words.Count && !words[i].StartsWith("--", StringComparison.Ordinal))
                    others.Add(words[i++]);
                continue;
            }
            List<string> given = [];
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals >= 0)
                given.Add(word[(equals + 1)..]);
            while (!flag.IsSwitch && i < words.Count && !words[i].StartsWith("--", StringComparison.Ordinal))
                given.Add(words[i++]);
            if (!flag.IsSwitch && given.Count == 0)
                throw GessoException.Invalid("no_value", $"--{name} needs a value.");
            values[name] = given;
        }
        return new KohyaArguments(values, others) { Script = script };
    }

    /// <summary>The flags of a configuration file below those of the command line.</summary>
    public KohyaArguments Over(IReadOnlyDictionary<string, IReadOnlyList<string>> file)
    {
        ArgumentNullException.ThrowIfNull(file);
        Dictionary<string, IReadOnlyList<string>> merged = new(file);
        foreach (var (name, given) in _values)
            merged[name] = given;
        return new KohyaArguments(merged, Others) { Script = Script };
    }

    /// <summary>The flags of a dataset configuration above those of the command line.</summary>
    public KohyaArguments Under(IReadOnlyDictionary<string, IReadOnlyList<string>> stronger)
    {
        ArgumentNullException.ThrowIfNull(stronger);
        Dictionary<string, IReadOnlyList<string>> merged = new(_values);
        foreach (var (name, given) in stronger)
            merged[name] = given;
        return new KohyaArguments(merged, Others) { Script = Script };
    }

    public bool Has(string name) => _values.ContainsKey(name);

    /// <summary>Null: not given.</summary>
    public string? Text(string name) => _values.TryGetValue(name, out var given) && given.Count > 0 ? given[0] : null;

    public IReadOnlyList<string> Texts(string name) => _values.GetValueOrDefault(name) ?? [];

    /// <exception cref="GessoException"><c>bad_value</c></exception>
    public double? Number(string name) => Text(name) is not { } text ? null
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) ? number
        : throw GessoException.Invalid("bad_value", $"--{name}: expected a number, got \"{text}\".");

    /// <exception cref="GessoException"><c>bad_value</c></exception>
    public int? Integer(string name) => Number(name) is not { } number ? null
        : number == Math.Floor(number) && Math.Abs(number) <= int.MaxValue ? (int)number
        : throw GessoException.Invalid("bad_value", $"--{name}: expected a whole number, got \"{Text(name)}\".");

    private static string? NameOf(string word)
    {
        if (!word.StartsWith("--", StringComparison.Ordinal))
            return null;
        int equals = word.IndexOf('=', StringComparison.Ordinal);
        return (equals < 0 ? word[2..] : word[2..equals]).Replace('-', '_');
    }

    private static GessoException Unknown(string word, string name)
    {
        string? close = KohyaFlag.Names.FirstOrDefault(n => n.Length > 4 && (n.StartsWith(name, StringComparison.Ordinal) || name.StartsWith(n, StringComparison.Ordinal) || EditDistance.Between(n, name) <= 1));
        return GessoException.Invalid("unknown_flag", $"{word.Split('=')[0]} is no flag of flux_train_network.py.{(close is null ? " Leave it out." : $" Did you mean --{close}?")}");
    }
}
