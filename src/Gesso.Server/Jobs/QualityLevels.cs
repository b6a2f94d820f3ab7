namespace Gesso.Server.Jobs;

/// <summary>What OpenAI's word quality means here: more or fewer steps than the model's own.</summary>
internal static class QualityLevels
{
    public const string Summary =
        "Number of steps: auto, medium and standard are the model's own, low is half of it, high and hd 1.5 times, xhigh and max twice.";

    public static IReadOnlyList<string> Names { get; } = ["auto", "low", "medium", "high", "standard", "hd", "xhigh", "max"];

    /// <summary>A factor for the model's steps, and the name that answers give it.</summary>
    public static (double Factor, string Name) Parse(string? quality) => quality switch
    {
        "low" => (0.5, "low"),
        "high" or "hd" => (1.5, "high"),
        "xhigh" => (2, "xhigh"),
        "max" => (2, "max"),
        _ => (1, "medium"),
    };
}
