using Gesso.Cli.Rendering;
using Gesso.Client;

namespace Gesso.Cli.Commands.Jobs;

/// <summary>Jobs in a few words.</summary>
internal static class JobWords
{
    public static string State(Job job) => job switch
    {
        { State: JobState.Queued, Position: > 0 and var before } => $"queued, {before} before it",
        { State: JobState.Queued, Position: 0 } => "queued, next",
        { State: JobState.Running, Progress: { } progress } => $"running, {Math.Floor(progress.Fraction * 100):0} %",
        { State: JobState.Failed, Error: { } error } => $"failed, {error.Code}",
        _ => job.State.ToString().ToLowerInvariant(),
    };

    /// <summary><c>5 s</c>, <c>12 min</c>, <c>3 h</c>, <c>9 days</c>.</summary>
    public static string Age(DateTimeOffset since, DateTimeOffset now) => (now - since) switch
    {
        var age when age < TimeSpan.FromSeconds(90) => $"{Math.Max(0, age.TotalSeconds):0} s",
        var age when age < TimeSpan.FromMinutes(90) => $"{age.TotalMinutes:0} min",
        var age when age < TimeSpan.FromHours(36) => $"{age.TotalHours:0} h",
        var age => $"{age.TotalDays:0} days",
    };

    public static string? Duration(TimeSpan? time) => time is { } known ? Quantities.Duration(known) : null;

    public static string Moment(DateTimeOffset moment) => moment.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>A file name for a picture: its id, which is the job's and a number.</summary>
    public static string FileName(Picture picture) => picture.Id + picture.MediaType switch
    {
        "image/jpeg" => ".jpg",
        "image/webp" => ".webp",
        _ => ".png",
    };
}
