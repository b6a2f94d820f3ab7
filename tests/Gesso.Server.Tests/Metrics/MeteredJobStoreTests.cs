using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Platform;
using Gesso.Platform.Assets;
using Gesso.Platform.Jobs;
using Gesso.Platform.Metering;
using Gesso.Server.Metrics;
using Gesso.Storage;
using Gesso.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Gesso.Server.Tests.Metrics;

/// <summary>What is counted of a job's ways, on real SQLite; each test has a model of its own, because the counters are those of the process.</summary>
public sealed class MeteredJobStoreTests : IAsyncLifetime
{
    private static readonly TenantId Tenant = new("tenant_a");
    private static readonly WorkerId Worker = new("worker_a");

    private readonly TestFolder _folder = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
    private readonly MetricsCollector _collector = new();
    private readonly string _model = "m" + Convert.ToHexString(System.Security.Cryptography.RandomNumberGenerator.GetBytes(8));
    private GessoDatabase _database = null!;
    private MeteredJobStore _jobs = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await GessoDatabase.OpenAsync("sqlite:" + _folder.At("gesso.db"), new SchedulingPolicy { MaxCrashes = 2 }, _time, Cancellation);
        _jobs = new MeteredJobStore(_database.Jobs, _time);
    }

    public async ValueTask DisposeAsync()
    {
        _collector.Dispose();
        await _database.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Success_counts_pictures_device_time_and_both_waits()
    {
        await SubmitAsync(count: 2);
        _time.Advance(TimeSpan.FromSeconds(7));
        var attempt = await ClaimAsync();
        _time.Advance(TimeSpan.FromSeconds(3));

        Assert.True(await _jobs.AddPictureAsync(attempt, Picture(0), _time.GetUtcNow(), Cancellation));
        Assert.True(await _jobs.CompleteAsync(attempt, Picture(1), 2.5, _time.GetUtcNow(), Cancellation));

        var metrics = Read();
        Assert.Equal(1, metrics.Value("gesso_jobs_submitted_total", ("model", _model)));
        Assert.Equal(1, Ended(metrics, "succeeded"));
        Assert.Equal(2, metrics.Value("gesso_pictures_total", ("model", _model)));
        Assert.Equal(2.5, metrics.Value("gesso_device_seconds_total", ("model", _model)));
        Assert.Equal(7, metrics.Value("gesso_queue_wait_seconds_sum", ("model", _model)), 3);
        Assert.Equal(3, metrics.Value("gesso_attempt_seconds_sum", ("model", _model)), 3);
    }

    [Fact]
    public async Task Failure_and_cancel_are_told_apart()
    {
        await SubmitAsync();
        var attempt = await ClaimAsync();
        Assert.True(await _jobs.FailAsync(attempt, new JobFailure(ErrorKind.InvalidRequest, "bad", "Bad."), 1, _time.GetUtcNow(), Cancellation));
        var waiting = await SubmitAsync();
        await _jobs.CancelAsync(Tenant, waiting, _time.GetUtcNow(), Cancellation);
        await _jobs.CancelAsync(Tenant, waiting, _time.GetUtcNow(), Cancellation);

        var metrics = Read();
        Assert.Equal(1, Ended(metrics, "failed"));
        Assert.Equal(1, Ended(metrics, "cancelled"));
    }

    [Fact]
    public async Task Late_results_are_counted_as_refused_and_not_as_ends()
    {
        var id = await SubmitAsync();
        var attempt = await ClaimAsync();
        await _jobs.CancelAsync(Tenant, id, _time.GetUtcNow(), Cancellation);
        double before = Read().Value("gesso_fenced_results_total");

        Assert.False(await _jobs.CompleteAsync(attempt, Picture(0), 1, _time.GetUtcNow(), Cancellation));
        Assert.False(await _jobs.CheckpointAsync(attempt, new JobCheckpoint(0, 1, Picture(0).Asset), Cancellation));

        var metrics = Read();
        Assert.True(metrics.Value("gesso_fenced_results_total") >= before + 2);
        Assert.Equal(0, Ended(metrics, "succeeded"));
        Assert.Equal(0, metrics.Value("gesso_pictures_total", ("model", _model)));
    }

    [Fact]
    public async Task Job_that_lost_too_many_workers_is_counted_as_quarantined()
    {
        await SubmitAsync();
        for (int crash = 0; crash < 2; crash++)
        {
            await ClaimAsync();
            var running = Assert.Single(await _jobs.RunningAsync(Cancellation));
            Assert.Equal(0, Ended(Read(), "quarantined"));
            Assert.True(await _jobs.ExpireAsync(running, _time.GetUtcNow(), Cancellation));
        }

        Assert.Equal(1, Ended(Read(), "quarantined"));
    }

    [Fact]
    public async Task Quarantined_jobs_of_a_dead_worker_are_counted_under_their_model_and_returned_ones_are_not()
    {
        await SubmitAsync();
        await ClaimAsync();
        Assert.Equal(1, await _jobs.ExpireWorkerAsync(Worker, _time.GetUtcNow(), Cancellation));
        Assert.Equal(0, Ended(Read(), "quarantined"));
        await ClaimAsync();
        Assert.Equal(0, await _jobs.ExpireWorkerAsync(new WorkerId("worker_b"), _time.GetUtcNow(), Cancellation));

        Assert.Equal(1, await _jobs.ExpireWorkerAsync(Worker, _time.GetUtcNow(), Cancellation));

        Assert.Equal(1, Ended(Read(), "quarantined"));
    }

    [Fact]
    public async Task Jobs_ended_by_their_deadline_are_counted_under_their_model()
    {
        await SubmitAsync(deadline: _time.GetUtcNow().AddMinutes(1));
        await SubmitAsync();
        _time.Advance(TimeSpan.FromMinutes(2));

        Assert.Single(await _jobs.ExpireDeadlinesAsync(_time.GetUtcNow(), Cancellation));

        Assert.Equal(1, Ended(Read(), "expired"));
    }

    [Fact]
    public async Task Second_claim_of_a_job_is_no_second_wait()
    {
        await SubmitAsync();
        var first = await ClaimAsync();
        Assert.True(await _jobs.ReturnAsync(first, 1.5, _time.GetUtcNow(), Cancellation));
        await ClaimAsync();

        var metrics = Read();
        Assert.Equal(1, metrics.Value("gesso_queue_wait_seconds_count", ("model", _model)));
        Assert.Equal(1.5, metrics.Value("gesso_device_seconds_total", ("model", _model)));
    }

    private double Ended(PrometheusParser metrics, string outcome) => metrics.Value("gesso_jobs_total", ("model", _model), ("outcome", outcome));

    private PrometheusParser Read() => PrometheusParser.Parse(PrometheusText.Write(_collector.Read()));

    private async Task<JobId> SubmitAsync(int count = 1, DateTimeOffset? deadline = null)
    {
        JobDraft draft = new()
        {
            Id = new SortableId(_time).NewJob(),
            Tenant = Tenant,
            Key = new ApiKeyId("key_a"),
            Work = new ImageJob { Model = _model, Prompt = "p", Seed = 1, Count = count },
            Created = _time.GetUtcNow(),
            Deadline = deadline,
            EstimatedSeconds = 1,
        };
        await _jobs.SubmitAsync([draft], Cancellation);
        return draft.Id;
    }

    private async Task<JobAttempt> ClaimAsync() =>
        Assert.Single(await _jobs.ClaimAsync(new ClaimRequest(Worker, [_model], null, 1, _time.GetUtcNow()), Cancellation)).CurrentAttempt;

    private static JobPicture Picture(int index) => new(index, AssetKey.Of([(byte)index]), "image/png", new ImageSize(16, 16), 1, 1);
}
