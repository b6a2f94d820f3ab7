using System.Globalization;
using System.Runtime.CompilerServices;
using Gesso.Client.Connection;

namespace Gesso.Client;

/// <summary>Sending, watching and ending jobs.</summary>
public sealed class JobsClient
{
    private readonly ServerConnection _connection;

    internal JobsClient(ServerConnection connection) => _connection = connection;

    /// <summary>Queues a job. Once this returns, the job survives any crash of the server.</summary>
    /// <param name="request">What to draw.</param>
    /// <param name="idempotencyKey">Sent before with the same request, it gives the same job; null: a new one, under which only this call is repeated.</param>
    /// <param name="cancellation">Gives up; the job may be queued all the same.</param>
    public Task<Job> SubmitAsync(JobRequest request, string? idempotencyKey = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return _connection.PostAsync(
            "api/jobs", request, ClientJson.Default.JobRequest, ClientJson.Default.Job, cancellation, idempotencyKey ?? ServerConnection.NewIdempotencyKey());
    }

    public Task<Job> GetAsync(string job, CancellationToken cancellation = default) => _connection.GetAsync(Paths.Of("jobs", job), ClientJson.Default.Job, cancellation);

    /// <summary>Jobs of the key's tenant, newest first; pages are fetched as they are needed.</summary>
    /// <param name="states">Null or empty: all.</param>
    /// <param name="batch">Only of this batch.</param>
    /// <param name="cancellation">Ends the listing.</param>
    public async IAsyncEnumerable<Job> ListAsync(IReadOnlyCollection<JobState>? states = null, string? batch = null, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        string? before = null;
        do
        {
            var page = await PageAsync(states, batch, before, limit: 100, cancellation).ConfigureAwait(false);
            foreach (var job in page.Data)
                yield return job;
            before = page.Next;
        }
        while (before is not null);
    }

    /// <summary>One page of <see cref="ListAsync"/>.</summary>
    public Task<JobPage> PageAsync(
        IReadOnlyCollection<JobState>? states = null, string? batch = null, string? before = null, int limit = 50, CancellationToken cancellation = default) =>
        _connection.GetAsync(
            Paths.Query(
                "api/jobs",
                ("state", states is { Count: > 0 } ? string.Join(',', states.Select(state => state.ToString().ToLowerInvariant())) : null),
                ("batch", batch),
                ("before", before),
                ("limit", limit.ToString(CultureInfo.InvariantCulture))),
            ClientJson.Default.JobPage,
            cancellation);

    /// <summary>Everything that happens to the job from its first event to its end, through lost connections and restarts of the server.</summary>
    /// <param name="job">Its id.</param>
    /// <param name="previews">Whether progress carries pictures, where the job makes them.</param>
    /// <param name="cancellation">Stops watching; the job goes on.</param>
    public IAsyncEnumerable<JobNotice> WatchAsync(string job, bool previews = false, CancellationToken cancellation = default) => new JobWatch(_connection, job, previews).ReadAsync(cancellation);

    /// <summary>The job once it ended, whichever way.</summary>
    public async Task<Job> WaitAsync(string job, CancellationToken cancellation = default)
    {
        await foreach (var notice in WatchAsync(job, cancellation: cancellation).ConfigureAwait(false))
        {
            if (notice is JobChanged { Now: { IsFinished: true } ended })
                return ended;
        }
        return await GetAsync(job, cancellation).ConfigureAwait(false);
    }

    /// <summary>Final at once; a worker stops after its current step.</summary>
    public Task<Job> CancelAsync(string job, CancellationToken cancellation = default) => _connection.PostAsync(Paths.Of("jobs", job, "cancel"), ClientJson.Default.Job, cancellation);

    /// <summary>The same work with the same seeds, as a new job.</summary>
    public Task<Job> RetryAsync(string job, CancellationToken cancellation = default) =>
        _connection.PostAsync(Paths.Of("jobs", job, "retry"), ClientJson.Default.Job, cancellation, ServerConnection.NewIdempotencyKey());

    /// <summary>Removes a finished job, its events and its pictures.</summary>
    public Task DeleteAsync(string job, CancellationToken cancellation = default) => _connection.DeleteAsync(Paths.Of("jobs", job), cancellation);
}
