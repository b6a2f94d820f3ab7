using Gesso.Platform.Jobs;

namespace Gesso.Storage.Jobs;

/// <summary>
/// Submissions that are asked while another one is being stored share the next transaction. On PostgreSQL submits of one tenant wait for each other's commit,
/// because they count its jobs: one by one they are a few hundred a second, together some thousands.
/// </summary>
/// <param name="store">Stores drafts in one transaction.</param>
internal sealed class SubmissionGroups(Func<IReadOnlyList<JobDraft>, Task<IReadOnlyList<Submission>>> store)
{
    private const int MostInAGroup = 500;

    private readonly Lock _lock = new();
    private readonly Queue<Asked> _asked = [];
    private bool _storing;

    public Task<IReadOnlyList<Submission>> SubmitAsync(IReadOnlyList<JobDraft> drafts, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var asked = new Asked(drafts, cancellation);
        lock (_lock)
        {
            _asked.Enqueue(asked);
            if (!_storing)
            {
                _storing = true;
                _ = Task.Run(StoreAllAsync, CancellationToken.None);
            }
        }
        return asked.Done.Task.WaitAsync(cancellation);
    }

    private async Task StoreAllAsync()
    {
        while (Next() is { Count: > 0 } group)
            await StoreAsync(group);
    }

    private List<Asked> Next()
    {
        List<Asked> group = [];
        lock (_lock)
        {
            for (int drafts = 0; _asked.TryPeek(out var next) && (group.Count == 0 || drafts + next.Drafts.Count <= MostInAGroup); drafts += next.Drafts.Count)
            {
                _ = _asked.Dequeue();
                if (next.Cancellation.IsCancellationRequested)
                    next.Done.SetCanceled(next.Cancellation);
                else
                    group.Add(next);
            }
            _storing = group.Count > 0;
        }
        return group;
    }

    /// <summary>If they fail together, each is stored by itself, so that only the one at fault fails.</summary>
    private async Task StoreAsync(List<Asked> group)
    {
        try
        {
            var submissions = await store([.. group.SelectMany(a => a.Drafts)]);
            int start = 0;
            foreach (var asked in group)
            {
                asked.Done.SetResult([.. submissions.Skip(start).Take(asked.Drafts.Count)]);
                start += asked.Drafts.Count;
            }
        }
        catch (Exception e) when (group.Count == 1 || e is Contracts.Errors.GessoException { Kind: Contracts.Errors.ErrorKind.Unavailable })
        {
            group.ForEach(a => a.Done.SetException(e));
        }
        catch (Exception)
        {
            foreach (var asked in group)
                await StoreAsync([asked]);
        }
    }

    private sealed record Asked(IReadOnlyList<JobDraft> Drafts, CancellationToken Cancellation)
    {
        public TaskCompletionSource<IReadOnlyList<Submission>> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
