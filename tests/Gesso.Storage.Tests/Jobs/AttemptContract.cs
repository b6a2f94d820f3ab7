using Gesso.Contracts.Errors;
using Gesso.Platform;
using Gesso.Platform.Assets;
using Gesso.Platform.Jobs;

namespace Gesso.Storage.Tests.Jobs;

public abstract class AttemptContract(StoreKind kind) : StoreContract(kind)
{
    protected override SchedulingPolicy Policy => new() { MaxCrashes = 2 };

    [Fact]
    public async Task Text_of_a_job_and_of_its_pictures_is_kept()
    {
        const string Document = """{"layers":[{"id":"a","text":"Łódź \"水\""}]}""";
        var draft = Draft(count: 2);
        var job = await StartAsync(draft with { Work = draft.Work with { Text = new TextUse(Document) } });

        Assert.True(await Jobs.AddPictureAsync(job.CurrentAttempt, Picture(0) with { Text = new PictureText(Document, ["it is small"], []) }, Now));
        Assert.True(await Jobs.CompleteAsync(job.CurrentAttempt, Picture(1), 1, Now));

        var found = await FindAsync(job.Id);
        Assert.Equal(new TextUse(Document), found.Work.Text);
        Assert.Equal((Document, "it is small"), (found.Pictures[0].Text!.Document, Assert.Single(found.Pictures[0].Text!.Problems)));
        Assert.Empty(found.Pictures[0].Text!.Notes);
        Assert.Null(found.Pictures[1].Text);
    }

    [Fact]
    public async Task Job_with_all_its_pictures_succeeds()
    {
        var job = await StartAsync(Draft(count: 2));

        Assert.False(await Jobs.CompleteAsync(job.CurrentAttempt, Picture(1), 1.5, Now));
        Assert.True(await Jobs.AddPictureAsync(job.CurrentAttempt, Picture(0), Now));
        Assert.True(await Jobs.CompleteAsync(job.CurrentAttempt, Picture(1), 1.5, Now.AddSeconds(9)));

        job = await FindAsync(job.Id);
        Assert.Equal((JobState.Succeeded, 1.5, Now.AddSeconds(9)), (job.State, job.DeviceSeconds, job.Finished));
        Assert.Equal([Picture(0), Picture(1)], job.Pictures);
        Assert.Equal(
            [JobEventType.Queued, JobEventType.Started, JobEventType.Picture, JobEventType.Picture, JobEventType.Succeeded], (await EventsAsync(job.Id)).Select(e => e.Type));
        Assert.Equal([0, 1], (await EventsAsync(job.Id, after: 2)).Select(e => e.Picture).OfType<int>());
    }

    [Fact]
    public async Task Picture_at_the_same_place_keeps_the_first()
    {
        var job = await StartAsync(Draft(count: 2));
        var other = Picture(0) with { Asset = AssetKey.Of([99]) };

        Assert.True(await Jobs.AddPictureAsync(job.CurrentAttempt, Picture(0), Now));
        Assert.True(await Jobs.AddPictureAsync(job.CurrentAttempt, other, Now));

        Assert.Equal([Picture(0)], (await FindAsync(job.Id)).Pictures);
        Assert.Equal(3, (await FindAsync(job.Id)).LastEvent);
    }

    [Fact]
    public async Task Picture_outside_the_job_is_a_bug()
    {
        var job = await StartAsync(Draft(count: 2));

        Assert.Equal(ErrorKind.Bug, (await Assert.ThrowsAsync<GessoException>(() => Jobs.AddPictureAsync(job.CurrentAttempt, Picture(2), Now))).Kind);
        Assert.Empty((await FindAsync(job.Id)).Pictures);
    }

    [Fact]
    public async Task Attempt_that_lost_its_job_changes_nothing()
    {
        var job = await StartAsync();
        var zombie = job.CurrentAttempt;
        Assert.True(await Jobs.ExpireAsync(Assert.Single(await Jobs.RunningAsync()), Now));
        var next = await ClaimAsync(new WorkerId("worker_2"));
        string before = Histories.Answer.Of(await FindAsync(job.Id));

        Assert.Empty(await Jobs.RenewAsync([zombie]));
        Assert.Empty(await Jobs.HeldAsync([zombie]));
        Assert.False(await Jobs.CheckpointAsync(zombie, new JobCheckpoint(0, 1, AssetKey.Of([1]))));
        Assert.False(await Jobs.AddPictureAsync(zombie, Picture(0), Now));
        Assert.False(await Jobs.CompleteAsync(zombie, Picture(0), 1, Now));
        Assert.False(await Jobs.FailAsync(zombie, JobFailure.OfDeadline, 1, Now));
        Assert.False(await Jobs.ReturnAsync(zombie, 1, Now));

        Assert.Equal(before, Histories.Answer.Of(await FindAsync(job.Id)));
        Assert.Equal([next.CurrentAttempt], await Jobs.HeldAsync([zombie, next.CurrentAttempt]));
    }

    [Fact]
    public async Task Renewal_moves_the_beat_so_that_an_earlier_look_cannot_expire_the_job()
    {
        var job = await StartAsync();
        var seen = Assert.Single(await Jobs.RunningAsync());

        Assert.Equal([job.CurrentAttempt], await Jobs.RenewAsync([job.CurrentAttempt, new JobAttempt(job.Id, 9)]));

        Assert.False(await Jobs.ExpireAsync(seen, Now));
        Assert.Equal(seen.Beat + 1, Assert.Single(await Jobs.RunningAsync()).Beat);
    }

    [Fact]
    public async Task Expired_job_waits_again_with_its_checkpoint_and_is_quarantined_in_the_end()
    {
        var job = await StartAsync();
        var checkpoint = new JobCheckpoint(0, 4, AssetKey.Of([7]));
        Assert.True(await Jobs.CheckpointAsync(job.CurrentAttempt, checkpoint));

        Assert.Equal(1, await Jobs.ExpireWorkerAsync(Worker, Now));
        job = await FindAsync(job.Id);
        Assert.Equal((JobState.Queued, 1, 1, null, checkpoint), (job.State, job.Attempt, job.Crashes, job.Worker, job.Checkpoint));

        job = await ClaimAsync();
        Assert.Equal((2, checkpoint), (job.Attempt, job.Checkpoint));
        Assert.Equal(1, await Jobs.ExpireWorkerAsync(Worker, Now));
        job = await FindAsync(job.Id);
        Assert.Equal((JobState.Failed, 2, null), (job.State, job.Crashes, job.Checkpoint));
        Assert.Equal((ErrorKind.Unavailable, JobFailure.Quarantined), (job.Failure!.Kind, job.Failure.Code));
        Assert.Equal(0, await Jobs.ExpireWorkerAsync(Worker, Now));
    }

    [Fact]
    public async Task Returned_job_goes_to_its_place_without_blame_and_its_device_time_adds_up()
    {
        var first = await StartAsync();
        _ = await SubmitAsync(Draft());

        Assert.True(await Jobs.ReturnAsync(first.CurrentAttempt, 1.25, Now));

        var again = await ClaimAsync();
        Assert.Equal((first.Id, 2, 0, 1.25), (again.Id, again.Attempt, again.Crashes, again.DeviceSeconds));
        Assert.True(await Jobs.CompleteAsync(again.CurrentAttempt, Picture(0), 0.5, Now));
        Assert.Equal(1.75, (await FindAsync(first.Id)).DeviceSeconds);
    }

    [Fact]
    public async Task Picture_drops_the_checkpoint_of_it_and_no_other()
    {
        var job = await StartAsync(Draft(count: 3));
        Assert.True(await Jobs.CheckpointAsync(job.CurrentAttempt, new JobCheckpoint(1, 4, AssetKey.Of([7]))));

        _ = await Jobs.AddPictureAsync(job.CurrentAttempt, Picture(0), Now);
        Assert.NotNull((await FindAsync(job.Id)).Checkpoint);
        _ = await Jobs.AddPictureAsync(job.CurrentAttempt, Picture(1), Now);
        Assert.Null((await FindAsync(job.Id)).Checkpoint);
    }

    [Fact]
    public async Task Failure_is_kept_with_its_reason()
    {
        var job = await StartAsync();
        var failure = new JobFailure(ErrorKind.Refused, "too_large", "It is too large.");

        Assert.True(await Jobs.FailAsync(job.CurrentAttempt, failure, 3, Now));

        job = await FindAsync(job.Id);
        Assert.Equal((JobState.Failed, failure, 3), (job.State, job.Failure, job.DeviceSeconds));
        Assert.Equal(CancelOutcome.AlreadyFinal, await Jobs.CancelAsync(null, job.Id, Now));
    }

    [Fact]
    public async Task Cancel_ends_waiting_and_running_jobs_at_once()
    {
        var running = await StartAsync();
        var waiting = await SubmitAsync(Draft());

        Assert.Equal(CancelOutcome.Unknown, await Jobs.CancelAsync(new TenantId("another"), waiting.Id, Now));
        Assert.Equal(CancelOutcome.Unknown, await Jobs.CancelAsync(null, new JobId("job_unknown"), Now));
        Assert.Equal(CancelOutcome.Cancelled, await Jobs.CancelAsync(Tenant, waiting.Id, Now));
        Assert.Equal(CancelOutcome.Cancelled, await Jobs.CancelAsync(Tenant, running.Id, Now));

        Assert.Empty(await Jobs.HeldAsync([running.CurrentAttempt]));
        Assert.False(await Jobs.CompleteAsync(running.CurrentAttempt, Picture(0), 1, Now));
        Assert.Equal((0, 0), ((await Jobs.NumbersAsync(null)).Queued, (await Jobs.NumbersAsync(null)).Running));
    }

    [Fact]
    public async Task Deadlines_end_waiting_and_running_jobs()
    {
        var deadline = Now.AddMinutes(1);
        var running = await StartAsync(Draft() with { Deadline = deadline });
        var waiting = await SubmitAsync(Draft() with { Deadline = deadline });
        var patient = await SubmitAsync(Draft() with { Deadline = deadline.AddHours(1) });

        Assert.Empty(await Jobs.ExpireDeadlinesAsync(deadline));
        Assert.Equal(2, (await Jobs.ExpireDeadlinesAsync(deadline.AddMilliseconds(1))).Count);
        Assert.Empty(await Jobs.ExpireDeadlinesAsync(deadline.AddMilliseconds(1)));

        Assert.Equal(JobFailure.DeadlineExceeded, (await FindAsync(running.Id)).Failure!.Code);
        Assert.Equal(JobFailure.DeadlineExceeded, (await FindAsync(waiting.Id)).Failure!.Code);
        Assert.Equal(JobState.Queued, (await FindAsync(patient.Id)).State);
    }

    [Fact]
    public async Task Many_deadlines_end_in_one_call()
    {
        _ = await Jobs.SubmitAsync([.. Enumerable.Range(0, 1201).Select(_ => Draft() with { Deadline = Now })]);

        Assert.Equal(1201, (await Jobs.ExpireDeadlinesAsync(Now.AddSeconds(1))).Count);

        Assert.Equal(0, (await Jobs.NumbersAsync(null)).Queued);
    }

    [Fact]
    public async Task Completion_and_cancel_at_the_same_time_leave_one_end()
    {
        for (int i = 0; i < 20; i++)
        {
            var job = await StartAsync();

            var completed = Task.Run(() => Jobs.CompleteAsync(job.CurrentAttempt, Picture(0), 1, Now));
            var cancelled = Task.Run(() => Jobs.CancelAsync(null, job.Id, Now));
            await Task.WhenAll(completed, cancelled);

            Assert.Equal(
                await completed ? (JobState.Succeeded, CancelOutcome.AlreadyFinal) : (JobState.Cancelled, CancelOutcome.Cancelled),
                ((await FindAsync(job.Id)).State, await cancelled));
            Assert.Single(await EventsAsync(job.Id), e => e.Type is JobEventType.Succeeded or JobEventType.Cancelled);
        }
    }
}

public sealed class MemoryAttemptTests() : AttemptContract(StoreKind.Memory);

public sealed class SqliteAttemptTests() : AttemptContract(StoreKind.Sqlite);

public sealed class PostgresAttemptTests() : AttemptContract(StoreKind.Postgres);
