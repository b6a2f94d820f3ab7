using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Storage.Sql;

namespace Gesso.Storage.Jobs;

/// <summary>Stores drafts, each on its own terms; those of one call see each other.</summary>
internal static class JobSubmissions
{
    /// <param name="transaction">Where.</param>
    /// <param name="drafts">What.</param>
    /// <param name="works"><see cref="JobRow.WorkOf"/> of each, made before the transaction, which others wait for.</param>
    public static async ValueTask<IReadOnlyList<Submission>> SubmitAsync(JobTransaction transaction, IReadOnlyList<JobDraft> drafts, IReadOnlyList<string> works)
    {
        var session = transaction.Session;
        await transaction.Shares.LockAsync(drafts.Select(d => d.Tenant));
        bool bounded = drafts.Any(d => d.QueueLimit < int.MaxValue);
        long waiting = bounded ? await transaction.Shares.WaitingAsync() : 0;
        List<Submission> submissions = new(drafts.Count);
        foreach (var (draft, work) in drafts.Zip(works))
        {
            var earlier = draft.Idempotency is { } key ? await EarlierAsync(session, draft.Tenant, key) : null;
            if (earlier is not null)
            {
                submissions.Add(earlier);
            }
            else if (transaction.Shares[draft.Tenant].Unfinished >= draft.TenantQueueLimit)
            {
                submissions.Add(new Submission(SubmitStatus.TenantQueueFull, null));
            }
            else if (bounded && waiting >= draft.QueueLimit)
            {
                submissions.Add(new Submission(SubmitStatus.QueueFull, null));
            }
            else
            {
                submissions.Add(new Submission(SubmitStatus.Created, await StoreAsync(transaction, draft, work)));
                waiting++;
            }
        }
        return submissions;
    }

    private static async ValueTask<Job> StoreAsync(JobTransaction transaction, JobDraft draft, string work)
    {
        var session = transaction.Session;
        session.BringWork();
        await transaction.Shares.ArriveAsync(draft.Tenant, JobRow.Microseconds(draft.EstimatedSeconds));
        await JobRow.InsertAsync(session, draft, work, transaction.Policy);
        await session.PostAsync("INSERT INTO job_events (job, sequence, type, at, attempt) VALUES ($1, 1, 'queued', $2, 0)", draft.Id.Value, draft.Created);
        return JobRow.Of(draft);
    }

    private static async ValueTask<Submission?> EarlierAsync(SqlSession session, TenantId tenant, IdempotencyKey key)
    {
        var found = await session.FirstAsync(
            "SELECT id, idempotency_hash FROM jobs WHERE tenant = $1 AND idempotency_key = $2",
            r => Tuple.Create(new JobId(r.Text()), r.Text()),
            tenant.Value, key.Key);
        return found is null ? null : new Submission(
            found.Item2 == key.RequestHash ? SubmitStatus.Existing : SubmitStatus.KeyReused,
            await JobRow.FindAsync(session, tenant, found.Item1));
    }
}
