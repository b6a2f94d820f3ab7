using System.Data.Common;
using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Storage.Sql;

namespace Gesso.Storage.Jobs;

/// <summary>The columns that decide what may happen to a job.</summary>
internal sealed record JobHead(
    JobId Id, TenantId Tenant, string Model, JobState State, int Attempt, int Crashes, long Beat, WorkerId? Worker, double EstimatedSeconds, int Count, int LastEvent)
{
    private const string Columns = "SELECT id, tenant, model, state, attempt, crashes, beat, worker, estimated_seconds, count, last_event FROM jobs";

    public static JobHead? Find(ISqlDatabase database, ISqlSession session, JobId id) =>
        session.First($"{Columns} WHERE id = @id{database.Dialect.ForUpdate}", Read, ("id", id.Value));

    /// <summary>The job, if that attempt holds it.</summary>
    public static JobHead? Held(ISqlDatabase database, ISqlSession session, JobAttempt attempt) =>
        Find(database, session, attempt.Job) is { State: JobState.Running } head && head.Attempt == attempt.Number ? head : null;

    public static List<JobHead> Where(ISqlDatabase database, ISqlSession session, string condition, params ReadOnlySpan<(string Name, object? Value)> parameters) =>
        session.Query($"{Columns} WHERE {condition}{database.Dialect.ForUpdate}", Read, parameters);

    private static JobHead Read(DbDataReader row) => new(
        new JobId(row.GetString(0)), new TenantId(row.GetString(1)), row.GetString(2), row.Enum<JobState>(3), row.Int(4), row.Int(5), row.GetInt64(6),
        row.TextOrNull(7) is { } worker ? new WorkerId(worker) : null, row.GetDouble(8), row.Int(9), row.Int(10));
}
