using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Server.Errors;
using Gesso.Server.Json;

namespace Gesso.Server.Native;

/// <summary>What query strings of the native interface may hold.</summary>
internal static class QueryFields
{
    public const int DefaultLimit = 50;

    public static IntegerField Limit { get; } = new("limit", "How many at most.", 1, 1000) { Default = DefaultLimit };

    public static TextField Before { get; } = new("before", "Only what is older: the next of the page before.", 100);

    public static TextField State { get; } = new("state", "Only jobs in these states, with commas between them.", 100);

    public static TextField Batch { get; } = new("batch", "Only jobs of this batch.", 100);

    public static TextField Tenant { get; } = new("tenant", "For administrators: jobs of this tenant, * for all.", 100);

    public static FlagField Mine { get; } = new("mine", "Only pictures drawn with this key.") { Default = false };

    public static FlagField Previews { get; } = new("previews", "Whether progress carries pictures of how it forms.") { Default = true };

    public static TextField LastEvent { get; } = new("last_event_id", "The last event seen, where the header Last-Event-ID cannot be sent.", 100);

    public static FlagField Download { get; } = new("download", "As a file to be saved.") { Default = false };

    public static FieldSet Jobs { get; } = new(State, Batch, Tenant, Limit, Before);

    public static FieldSet Pictures { get; } = new(Mine, Limit, Before);

    public static FieldSet Events { get; } = new(Previews, LastEvent);

    public static FieldSet Content { get; } = new(Download);

    public static int LimitOf(RequestFields query) => (int)(query.Read(Limit) ?? DefaultLimit);

    public static JobId? BeforeOf(RequestFields query)
    {
        if (query.Read(Before) is not { } text)
            return null;
        return JobId.TryParse(text, out var id)
            ? id
            : throw ApiException.Invalid("before", "invalid_value", $"before: expected the id of a job, got {Shown.Quote(text)}.");
    }

    public static IReadOnlyCollection<JobState> StatesOf(RequestFields query)
    {
        List<JobState> states = [];
        foreach (string name in (query.Read(State) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            states.Add(Enum.TryParse(name, ignoreCase: true, out JobState state) && Enum.IsDefined(state) && !char.IsDigit(name[0])
                ? state
                : throw ApiException.Invalid(
                    "state", "invalid_value",
                    $"state: expected some of queued, running, succeeded, failed, cancelled, with commas between them, got {Shown.Quote(name)}."));
        }
        return states;
    }
}
