namespace Gesso.Engine.Recipes;

/// <summary>Samplers as A1111 and Forge call them. Old versions write the schedule behind the sampler: <c>DPM++ 2M Karras</c>.</summary>
internal static class SamplerNames
{
    private static readonly (string Ours, string Theirs)[] s_names =
    [
        ("euler", "Euler"),
        ("euler-ancestral", "Euler a"),
        ("dpmpp-2m", "DPM++ 2M"),
        ("unipc", "UniPC"),
    ];

    private static readonly string[] s_schedules = ["Karras", "Exponential", "SGM Uniform", "Simple", "Normal", "Beta", "Polyexponential"];

    /// <summary>A name without a counterpart stays as it is.</summary>
    public static string ToTheirs(string ours) => s_names.FirstOrDefault(name => name.Ours == ours).Theirs ?? ours;

    /// <summary>Null: no counterpart. <c>Schedule</c> is what stood behind the name.</summary>
    public static (string? Ours, string? Schedule) ToOurs(string theirs)
    {
        string? schedule = s_schedules.FirstOrDefault(suffix => theirs.EndsWith(" " + suffix, StringComparison.OrdinalIgnoreCase));
        string plain = schedule is null ? theirs : theirs[..^(schedule.Length + 1)];
        string? ours = s_names.FirstOrDefault(name =>
            string.Equals(name.Theirs, plain, StringComparison.OrdinalIgnoreCase) || string.Equals(name.Ours, plain, StringComparison.OrdinalIgnoreCase)).Ours;
        return (ours, ours is null ? null : schedule);
    }
}
