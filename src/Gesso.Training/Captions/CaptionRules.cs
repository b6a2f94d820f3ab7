using Gesso.Contracts.Errors;

namespace Gesso.Training.Captions;

/// <summary>How the caption in a file becomes the text of one step. Every outcome is a function of a seed, and there are few of them: all are encoded beforehand.</summary>
public sealed record CaptionRules
{
    /// <summary>Put before a caption that does not hold it; what prompts will call the subject or style by.</summary>
    public string? Trigger { get; init; }

    /// <summary>caption_prefix</summary>
    public string Prefix { get; init; } = "";

    /// <summary>caption_suffix</summary>
    public string Suffix { get; init; } = "";

    /// <summary>How often a picture is shown without any caption (caption_dropout_rate), which keeps unguided drawing alive.</summary>
    public double Dropout { get; init; }

    /// <summary>Tags, separated by commas, in another order each time (shuffle_caption).</summary>
    public bool ShuffleTags { get; init; }

    /// <summary>Tags at the front that stay where they are (keep_tokens).</summary>
    public int KeepTags { get; init; } = 1;

    /// <summary>How often a tag behind those is left out (caption_tag_dropout_rate).</summary>
    public double TagDropout { get; init; }

    /// <summary>How many orders of a caption's tags there are. Each is encoded once and kept, so shuffling never touches the encoders while training.</summary>
    public int TagOrders { get; init; } = 8;

    private bool ChangesTags => ShuffleTags || TagDropout > 0;

    public CaptionRules Validate()
    {
        Require(Dropout is >= 0 and <= 1, "Caption dropout: expected 0 to 1", Dropout);
        Require(TagDropout is >= 0 and <= 1, "Tag dropout: expected 0 to 1", TagDropout);
        Require(KeepTags >= 0, "Kept tags: expected 0 or more", KeepTags);
        Require(TagOrders is >= 1 and <= 1000, "Tag orders: expected 1 to 1000", TagOrders);
        return this;
    }

    /// <summary>Everything that <see cref="At"/> can give.</summary>
    /// <param name="caption">As in the file.</param>
    /// <param name="seed">Of the picture.</param>
    public IEnumerable<string> All(string caption, long seed) =>
        Enumerable.Range(0, ChangesTags ? TagOrders : 1).Select(order => Text(caption, seed, order)).Concat(Dropout > 0 ? [""] : []).Distinct();

    /// <summary>The text of one step.</summary>
    /// <param name="caption">As in the file.</param>
    /// <param name="seed">Of the picture.</param>
    /// <param name="draw">Of the step.</param>
    public string At(string caption, long seed, long draw)
    {
        double[] u = [.. Randomness.Uniform(draw).Take(2)];
        return u[0] < Dropout ? "" : Text(caption, seed, ChangesTags ? (int)(u[1] * TagOrders) : 0);
    }

    /// <summary>The caption without any chance in it, as validation and previews use it.</summary>
    public string Plain(string caption)
    {
        ArgumentNullException.ThrowIfNull(caption);
        string text = Prefix + caption + Suffix;
        bool has = Trigger is not { Length: > 0 } || text.Contains(Trigger, StringComparison.OrdinalIgnoreCase);
        return has ? text : text.Length == 0 ? Trigger! : $"{Trigger}, {text}";
    }

    private string Text(string caption, long seed, int order)
    {
        string plain = Plain(caption);
        if (!ChangesTags)
            return plain;
        string[] tags = plain.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        long chance = Randomness.Mixed(seed, order);
        IEnumerable<string> free = tags.Skip(KeepTags);
        if (TagDropout > 0)
            free = [.. free.Zip(Randomness.Uniform(chance)).Where(t => t.Second >= TagDropout).Select(t => t.First)];
        if (ShuffleTags)
            free = Randomness.Shuffled(Randomness.Mixed(chance, 1), free);
        return string.Join(", ", tags.Take(KeepTags).Concat(free));
    }

    private static void Require(bool holds, string expected, double got)
    {
        if (!holds)
            throw GessoException.Invalid("out_of_range", $"{expected}, got {got}.");
    }
}
