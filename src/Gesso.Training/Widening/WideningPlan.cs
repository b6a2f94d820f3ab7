using Gesso.Contracts.Errors;
using Gesso.Training.Captions;

namespace Gesso.Training.Widening;

/// <summary>
/// Other things that a style is to be learnt on: the base draws them, the drawings are redrawn in the style (<see cref="FlatStyle"/>) and trained on beside the pictures. A few pictures
/// alone teach how their own things look, less how any thing would.
/// </summary>
public sealed record WideningPlan
{
    /// <summary>What is drawn, as captions call it.</summary>
    public required IReadOnlyList<string> Captions { get; init; }

    /// <summary>Drawings of each.</summary>
    public int Drawings { get; init; } = 2;

    /// <summary>Of a given picture, for one of a redrawn one.</summary>
    public int Repeats { get; init; } = 1;

    public int Count => Captions.Count * Drawings;

    /// <summary>How captions would call other things: as they call theirs.</summary>
    /// <param name="captions">Of the pictures.</param>
    /// <param name="rules">Put the trigger in front where the captions' common words lack it.</param>
    /// <param name="things">Those of the pictures are left out.</param>
    public static IReadOnlyList<string> CaptionsFor(IReadOnlyList<string> captions, CaptionRules rules, IReadOnlyList<string> things)
    {
        ArgumentNullException.ThrowIfNull(captions);
        ArgumentNullException.ThrowIfNull(rules);
        ArgumentNullException.ThrowIfNull(things);
        string[][] worded = [.. captions.Select(c => c.Split(' ', StringSplitOptions.RemoveEmptyEntries))];
        int shortest = worded.Length < 2 ? 0 : worded.Min(w => w.Length) - 1;
        int before = Common(worded, shortest, (words, i) => words[i]);
        int after = Common(worded, shortest - before, (words, i) => words[^(i + 1)]);
        string[] first = worded.Length == 0 ? [] : worded[0];
        string Caption(string thing) => rules.Plain(string.Join(' ', [.. first.Take(before), thing, .. first.TakeLast(after)]));
        var known = captions.Select(rules.Plain).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return [.. things.Select(t => t.Trim()).Where(t => t.Length > 0).Select(Caption).Distinct(StringComparer.OrdinalIgnoreCase).Where(c => !known.Contains(c))];
    }

    public WideningPlan Validate()
    {
        if (Captions.Count == 0 || Drawings < 1 || Repeats < 1)
            throw GessoException.Invalid("out_of_range", $"Widening: expected at least one thing, drawing and repeat, got {Captions.Count}, {Drawings} and {Repeats}.");
        return this;
    }

    private static int Common(string[][] worded, int most, Func<string[], int, string> word) =>
        Enumerable.Range(0, Math.Max(0, most)).TakeWhile(i => worded.All(w => word(w, i).Equals(word(worded[0], i), StringComparison.OrdinalIgnoreCase))).Count();
}
