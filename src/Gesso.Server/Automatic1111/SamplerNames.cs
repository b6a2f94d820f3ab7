namespace Gesso.Server.Automatic1111;

/// <summary>Samplers as this dialect calls them. Old clients write the schedule behind the sampler: <c>DPM++ 2M Karras</c>.</summary>
internal static class SamplerNames
{
    public static IReadOnlyList<(string Ours, string Theirs)> All { get; } =
    [
        ("euler", "Euler"),
        ("euler-ancestral", "Euler a"),
        ("dpmpp-2m", "DPM++ 2M"),
        ("unipc", "UniPC"),
    ];

    private static readonly string[] s_schedules = [" Karras", " Exponential", " SGM Uniform", " Simple", " Normal", " Beta", " Automatic"];

    /// <summary>Null: the model's own, also for samplers that are not here, which clients send by habit.</summary>
    public static string? ToOurs(string? theirs)
    {
        if (theirs is null)
            return null;
        foreach (string schedule in s_schedules)
        {
            if (theirs.EndsWith(schedule, StringComparison.OrdinalIgnoreCase))
                theirs = theirs[..^schedule.Length];
        }
        return All.FirstOrDefault(n => Same(n.Theirs, theirs) || Same(n.Ours, theirs)).Ours;
    }

    public static string ToTheirs(string? ours) => All.FirstOrDefault(n => n.Ours == ours).Theirs ?? All[0].Theirs;

    private static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);
}
