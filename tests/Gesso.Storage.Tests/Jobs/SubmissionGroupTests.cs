using Gesso.Contracts.Errors;
using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Storage.Jobs;

namespace Gesso.Storage.Tests.Jobs;

public sealed class SubmissionGroupTests : IDisposable
{
    private readonly SortableId _ids = new(TimeProvider.System);
    private readonly SemaphoreSlim _turn = new(0);
    private readonly List<int> _sizes = [];
    private JobId? _poison;

    [Fact]
    public async Task Calls_that_come_meanwhile_share_the_next_transaction_and_get_their_own_answers()
    {
        var groups = new SubmissionGroups(StoreAsync);
        List<(List<JobDraft> Drafts, Task<IReadOnlyList<Submission>> Task)> calls = [];
        for (int i = 0; i < 6; i++)
        {
            List<JobDraft> drafts = [.. Enumerable.Range(0, i % 3).Select(_ => TestDrafts.New(_ids))];
            calls.Add((drafts, groups.SubmitAsync(drafts, default)));
        }
        _turn.Release(100);

        foreach (var (drafts, task) in calls)
            Assert.Equal(drafts.Select(d => d.Id), (await task).Select(s => s.Job!.Id));
        Assert.True(_sizes.Count < 6, string.Join(", ", _sizes));
    }

    [Fact]
    public async Task Call_that_fails_spoils_no_other()
    {
        var groups = new SubmissionGroups(StoreAsync);
        var drafts = Enumerable.Range(0, 4).Select(_ => TestDrafts.New(_ids)).ToList();
        _poison = drafts[2].Id;
        var calls = drafts.ConvertAll(d => groups.SubmitAsync([d], default));
        _turn.Release(100);

        for (int i = 0; i < calls.Count; i++)
        {
            if (i == 2)
                Assert.Equal("poison", (await Assert.ThrowsAsync<GessoException>(() => calls[i])).Code);
            else
                Assert.Single(await calls[i]);
        }
    }

    [Fact]
    public async Task Call_that_is_given_up_is_not_stored()
    {
        var groups = new SubmissionGroups(StoreAsync);
        using var patience = new CancellationTokenSource();
        var first = groups.SubmitAsync([TestDrafts.New(_ids)], default);
        while (_sizes.Count == 0)
            await Task.Yield();
        var second = groups.SubmitAsync([TestDrafts.New(_ids)], patience.Token);
        await patience.CancelAsync();
        _turn.Release(100);

        await first;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        Assert.Single(await groups.SubmitAsync([TestDrafts.New(_ids)], default));
        Assert.Equal([1, 1], _sizes);
    }

    public void Dispose() => _turn.Dispose();

    private async Task<IReadOnlyList<Submission>> StoreAsync(IReadOnlyList<JobDraft> drafts)
    {
        _sizes.Add(drafts.Count);
        await _turn.WaitAsync();
        return drafts.Any(d => d.Id == _poison)
            ? throw GessoException.Bug("poison", "It fails.")
            : [.. drafts.Select(d => new Submission(SubmitStatus.Created, JobRow.Of(d)))];
    }
}
