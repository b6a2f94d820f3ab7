using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Platform;
using Gesso.Platform.Accounts;
using Gesso.Platform.Assets;
using Gesso.Platform.Jobs;
using Gesso.Platform.Webhooks;

namespace Gesso.Storage.Tests.Histories;

/// <summary>A call on stores, with what it is called.</summary>
internal sealed record Call(string Text, Func<PlatformStores, Task<object?>> AskAsync);

/// <summary>
/// What a history has seen so far (jobs, attempts, beats; none is forgotten, so that stale ones are used, too), and the calls it makes of steps. Few tenants, models
/// and keys, so that they meet.
/// </summary>
internal sealed class World
{
    private static readonly string[] Models = ["schnell", "dev", "Édition"];
    private static readonly TenantId[] Tenants = [new("default"), new("tenant_B"), new("tenant_a"), new("tenant_ä")];
    private static readonly WorkerId[] Workers = [new("worker_1"), new("worker_2"), new("worker_3")];
    private static readonly BatchId[] Batches = [new("batch_1"), new("batch_2")];
    private static readonly AssetKey[] Assets = [.. Enumerable.Range(0, 6).Select(i => AssetKey.Of([(byte)i]))];

    private readonly List<JobId> _jobs = [];
    private readonly List<JobAttempt> _attempts = [];
    private readonly List<RunningJob> _beats = [];
    private DateTimeOffset _now = new(2026, 3, 29, 0, 30, 0, 123, 456, TimeSpan.FromHours(1));

    public Call Next(Step step)
    {
        var random = new Random(step.Seed);
        _now += TimeSpan.FromTicks(random.NextInt64(TimeSpan.TicksPerMinute));
        return step.Deed switch
        {
            Deed.Submit => Submit(random),
            Deed.Claim => Claim(random),
            Deed.Renew => OnAttempts("renew", random, (jobs, attempts) => jobs.RenewAsync(attempts)),
            Deed.Hold => OnAttempts("held", random, (jobs, attempts) => jobs.HeldAsync(attempts)),
            Deed.Remove => Remove(random),
            Deed.RemoveFinished => RemoveFinished(random),
            Deed.Cancel => Cancel(random),
            Deed.ExpireWorker => ExpireWorker(random),
            Deed.ExpireDeadlines => ExpireDeadlines(),
            Deed.Expire => Expire(random),
            Deed.SaveTenant => SaveTenant(random),
            Deed.List => List(random),
            Deed.Look => Look(random),
            Deed.Numbers => Numbers(random),
            Deed.Gallery => Gallery(random),
            Deed.RemovePicture => RemovePicture(random),
            Deed.Upload => Upload(random),
            Deed.Collect => Collect(),
            Deed.TakeWebhooks => TakeWebhooks(random),
            Deed.EndWebhook => EndWebhook(random),
            _ => OnAttempt(step.Deed, random),
        };
    }

    /// <summary>Everything there is in the end.</summary>
    public Call Everything() => new("everything", async stores =>
    {
        var jobs = await stores.Jobs.ListAsync(new JobQuery(null, [], null, null, 1000));
        List<object?> tenants = [];
        foreach (var tenant in Tenants)
        {
            tenants.Add(await stores.Jobs.NumbersAsync(tenant));
            tenants.Add(await stores.Catalog.GalleryAsync(new GalleryQuery(tenant, null, null, 1000)));
        }
        var events = await stores.Jobs.EventsAsync(jobs.ToDictionary(j => j.Id, _ => 0));
        return new
        {
            Jobs = jobs,
            Events = InOrder(events),
            Running = await stores.Jobs.RunningAsync(),
            All = await stores.Jobs.NumbersAsync(null),
            Tenants = tenants,
            Webhooks = await stores.Webhooks.TakeDueAsync(_now.AddYears(1), _now.AddYears(2), 1000),
            Unreferenced = Texts(await stores.Catalog.UnreferencedAsync(Assets)),
            Accounts = await stores.Accounts.TenantsAsync(),
        };
    });

    /// <summary>Remembers what a call showed.</summary>
    public void See(object? answer)
    {
        var jobs = answer switch
        {
            IReadOnlyList<Submission> submissions => submissions.Select(s => s.Job).OfType<Job>(),
            IReadOnlyList<Job> list => list,
            _ => [],
        };
        foreach (var job in jobs.Where(j => j.State == JobState.Running))
        {
            _attempts.Add(job.CurrentAttempt);
            _beats.Add(new RunningJob(job.CurrentAttempt, job.Worker!.Value, job.Beat));
        }
        if (answer is IReadOnlyList<RunningJob> running)
            _beats.AddRange(running);
    }

    private Call Submit(Random random)
    {
        var drafts = Enumerable.Range(0, random.Next(1, 4)).Select(_ => Draft(random)).ToList();
        _jobs.AddRange(drafts.Select(d => d.Id));
        return new Call($"submit {string.Join(", ", drafts.Select(d => $"{d.Id} of {d.Tenant} for {d.Work.Model}"))}", async stores => await stores.Jobs.SubmitAsync(drafts));
    }

    private JobDraft Draft(Random random)
    {
        var work = new ImageJob
        {
            Model = Pick(random, Models),
            Prompt = "a \"red\" apple\u0000 \ud83c\udf4e",
            NegativePrompt = Chance(random, 4) ? "blur" : null,
            Seed = random.NextInt64(long.MinValue, long.MaxValue),
            Count = Math.Max(1, random.Next(-2, 4)),
            Size = Chance(random, 2) ? new ImageSize(64 * random.Next(1, 3), 64) : null,
            Steps = Chance(random, 2) ? random.Next(1, 3) : null,
            Guidance = Chance(random, 3) ? 3.5 : null,
            InitImage = Chance(random, 4) ? Pick(random, Assets) : null,
            ControlImage = Chance(random, 6) ? Pick(random, Assets) : null,
            Mask = Chance(random, 6) ? Pick(random, Assets) : null,
            Adapters = Chance(random, 4) ? [new AdapterUse("style", random.Next(1, 3) / 2.0)] : [],
            Format = Pick(random, Enum.GetValues<PictureFormat>()),
        };
        return new JobDraft
        {
            Id = NewId(random),
            Tenant = Pick(random, Tenants),
            Key = new ApiKeyId($"key_{random.Next(2)}"),
            Work = work,
            Priority = Chance(random, 3) ? random.Next(-10, 11) : 0,
            Created = _now,
            Deadline = Chance(random, 4) ? _now.AddMinutes(random.Next(1, 10)) : null,
            EstimatedSeconds = random.Next(4) * 1.7,
            Batch = Chance(random, 3) ? Pick(random, Batches) : null,
            CustomId = Chance(random, 5) ? "line 1" : null,
            Webhook = Chance(random, 3) ? new WebhookTarget(new Uri("https://example.org/hook?a=b c"), "whsec_secret") : null,
            TraceParent = Chance(random, 5) ? "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" : null,
            Idempotency = Chance(random, 3) ? new IdempotencyKey($"key {random.Next(4)}", $"{random.Next(2)}") : null,
            TenantQueueLimit = Chance(random, 4) ? random.Next(1, 5) : int.MaxValue,
            QueueLimit = Chance(random, 4) ? random.Next(1, 12) : int.MaxValue,
        };
    }

    private Call Claim(Random random)
    {
        string[] models = [.. Models.Where(_ => random.Next(3) > 0)];
        string? resident = Chance(random, 3) ? null : Pick(random, Models) + (Chance(random, 3) ? "+style:0.5" : "");
        var request = new ClaimRequest(Pick(random, Workers), models, resident, random.Next(1, 5), _now);
        return new Call($"claim for {request.Worker} [{string.Join(", ", models)}] with {resident}, {request.MaxBatch}", async stores => await stores.Jobs.ClaimAsync(request));
    }

    private Call OnAttempts(string name, Random random, Func<IJobStore, IReadOnlyCollection<JobAttempt>, Task<IReadOnlySet<JobAttempt>>> ask)
    {
        JobAttempt[] attempts = [.. Enumerable.Range(0, random.Next(4)).Select(_ => Attempt(random))];
        return new Call($"{name} {string.Join(", ", attempts)}", async stores => Texts(await ask(stores.Jobs, attempts)));
    }

    private Call OnAttempt(Deed deed, Random random)
    {
        var attempt = Attempt(random);
        var picture = new JobPicture(random.Next(3), Pick(random, Assets), "image/png", new ImageSize(64, 128), 4_000_000_000, random.NextInt64());
        var checkpoint = new JobCheckpoint(random.Next(3), random.Next(1, 9), picture.Asset);
        double seconds = random.Next(5) * 0.7;
        var now = _now;
        return deed switch
        {
            Deed.Checkpoint => Answered((jobs, _) => jobs.CheckpointAsync(attempt, checkpoint)),
            Deed.AddPicture => Answered((jobs, place) => jobs.AddPictureAsync(attempt, picture with { Index = place }, now)),
            Deed.Complete => Answered((jobs, place) => jobs.CompleteAsync(attempt, seconds == 0 ? null : picture with { Index = place }, seconds, now)),
            Deed.Fail => Answered((jobs, _) => jobs.FailAsync(attempt, new JobFailure(ErrorKind.Bug, "broken", "It broke."), seconds, now)),
            Deed.Return => Answered((jobs, _) => jobs.ReturnAsync(attempt, seconds, now)),
            _ => throw new ArgumentOutOfRangeException(nameof(deed), deed, "not of an attempt"),
        };

        // the first picture that is missing, most of the time: else few jobs would succeed
        Call Answered(Func<IJobStore, int, Task<bool>> ask) => new($"{deed} {attempt}", async stores =>
        {
            var job = await stores.Jobs.FindAsync(null, attempt.Job);
            int missing = Enumerable.Range(0, job?.Work.Count ?? 1).Except(job?.Pictures.Select(p => p.Index) ?? []).FirstOrDefault();
            int place = picture.Index < (job?.Work.Count ?? 1) && picture.Seed % 4 == 0 ? picture.Index : missing;
            return await ask(stores.Jobs, place);
        });
    }

    private Call Expire(Random random)
    {
        if (_beats.Count == 0 || Chance(random, 3))
            return new Call("running", async stores => await stores.Jobs.RunningAsync());
        var job = _beats[Math.Max(random.Next(_beats.Count), random.Next(_beats.Count))];
        var now = _now;
        return new Call($"expire {job}", async stores => await stores.Jobs.ExpireAsync(job, now));
    }

    private Call ExpireWorker(Random random)
    {
        var (worker, now) = (Pick(random, Workers), _now);
        return new Call($"expire worker {worker}", async stores => await stores.Jobs.ExpireWorkerAsync(worker, now));
    }

    private Call ExpireDeadlines()
    {
        var now = _now;
        return new Call("expire deadlines", async stores => (await stores.Jobs.ExpireDeadlinesAsync(now)).OrderBy(id => id.Value, StringComparer.Ordinal).ToList());
    }

    private Call Cancel(Random random)
    {
        var (tenant, job, now) = (Tenant(random), Job(random), _now);
        return new Call($"cancel {job} of {tenant}", async stores => await stores.Jobs.CancelAsync(tenant, job, now));
    }

    private Call Remove(Random random)
    {
        var (tenant, job) = (Pick(random, Tenants), Job(random));
        return new Call($"remove {job} of {tenant}", async stores => await stores.Jobs.RemoveAsync(tenant, job));
    }

    private Call RemoveFinished(Random random)
    {
        var (before, limit) = (_now.AddMinutes(-random.Next(20)), random.Next(1, 4));
        return new Call($"remove {limit} before {before:O}", async stores => await stores.Jobs.RemoveFinishedAsync(before, limit));
    }

    private Call SaveTenant(Random random)
    {
        var tenant = new Tenant(Pick(random, Tenants), "name", random.Next(1, 4) / 3.0, _now);
        return new Call($"save {tenant}", async stores =>
        {
            await stores.Accounts.SaveAsync(tenant);
            return null;
        });
    }

    private Call List(Random random)
    {
        var query = new JobQuery(
            Tenant(random),
            Chance(random, 2) ? [] : [.. Enum.GetValues<JobState>().Where(_ => Chance(random, 2))],
            Chance(random, 3) ? Pick(random, Batches) : null,
            Chance(random, 3) ? Job(random) : null,
            random.Next(1, 8));
        return new Call($"list {query}", async stores => await stores.Jobs.ListAsync(query));
    }

    private Call Look(Random random)
    {
        var (tenant, job, after) = (Tenant(random), Job(random), random.Next(4));
        return new Call($"look at {job} of {tenant}", async stores => new
        {
            Job = await stores.Jobs.FindAsync(tenant, job),
            Place = await stores.Jobs.PlaceAsync(job),
            Events = await stores.Jobs.EventsAsync(new Dictionary<JobId, int> { [job] = after }),
        });
    }

    private static Call Numbers(Random random)
    {
        var (tenant, batch) = (Tenant(random), Pick(random, Batches));
        return new Call($"numbers of {tenant} {batch}", async stores => new
        {
            Numbers = await stores.Jobs.NumbersAsync(tenant),
            Batch = (await stores.Jobs.CountAsync(tenant ?? Tenants[0], batch)).OrderBy(c => c.Key),
        });
    }

    private Call Gallery(Random random)
    {
        var query = new GalleryQuery(
            Pick(random, Tenants), Chance(random, 2) ? new ApiKeyId($"key_{random.Next(2)}") : null, Chance(random, 2) ? Job(random) : null, random.Next(1, 4));
        var job = Job(random);
        return new Call($"gallery {query}", async stores => new
        {
            Pictures = await stores.Catalog.GalleryAsync(query),
            Picture = await stores.Catalog.FindPictureAsync(query.Tenant, job, 0),
        });
    }

    private Call RemovePicture(Random random)
    {
        var (tenant, job, place) = (Pick(random, Tenants), Job(random), random.Next(2));
        return new Call($"remove picture {place} of {job}", async stores => await stores.Catalog.RemovePictureAsync(tenant, job, place));
    }

    private Call Upload(Random random)
    {
        var upload = new UploadedPicture(Pick(random, Tenants), Pick(random, Assets), "image/jpeg", new ImageSize(3, 2), 77, _now, _now.AddMinutes(random.Next(1, 9)));
        return new Call($"upload {upload}", async stores =>
        {
            await stores.Catalog.AddUploadAsync(upload);
            return await stores.Catalog.FindUploadAsync(upload.Tenant, upload.Asset);
        });
    }

    private Call Collect()
    {
        var now = _now;
        return new Call("collect", async stores => new
        {
            Expired = await stores.Catalog.RemoveExpiredUploadsAsync(now),
            Unreferenced = Texts(await stores.Catalog.UnreferencedAsync(Assets)),
        });
    }

    private Call TakeWebhooks(Random random)
    {
        var (now, lease, limit) = (_now, _now.AddMinutes(2), random.Next(1, 4));
        return new Call($"take {limit} webhooks", async stores => await stores.Webhooks.TakeDueAsync(now, lease, limit));
    }

    private Call EndWebhook(Random random)
    {
        string id = WebhookDelivery.IdOf(Job(random));
        var (again, next) = (Chance(random, 2), _now.AddMinutes(1));
        return new Call($"end webhook {id}", async stores =>
        {
            await (again ? stores.Webhooks.RescheduleAsync(id, 3, next) : stores.Webhooks.RemoveAsync(id));
            return null;
        });
    }

    /// <summary>Sorted by time, as real ids are, apart from jobs of the same minute.</summary>
    private JobId NewId(Random random) => new($"{JobId.Prefix}{_now.ToUnixTimeSeconds() / 60:D10}{random.Next():D10}{_jobs.Count:D6}");

    private static TenantId? Tenant(Random random) => Chance(random, 4) ? null : Pick(random, Tenants);

    private JobId Job(Random random) => _jobs.Count == 0 ? new JobId("job_unknown") : Pick(random, _jobs);

    /// <summary>A late one most of the time, now and then one that never was.</summary>
    private JobAttempt Attempt(Random random) => _attempts.Count == 0
        ? new JobAttempt(Job(random), random.Next(3))
        : _attempts[Math.Max(random.Next(_attempts.Count), random.Next(_attempts.Count))];

    private static IEnumerable<string> Texts<T>(IEnumerable<T> items) => items.Select(i => $"{i}").Order(StringComparer.Ordinal);

    private static IEnumerable<JobEvent> InOrder(IEnumerable<JobEvent> events) => events.OrderBy(e => e.Job.Value, StringComparer.Ordinal).ThenBy(e => e.Sequence);

    private static T Pick<T>(Random random, IReadOnlyList<T> items) => items[random.Next(items.Count)];

    private static bool Chance(Random random, int oneIn) => random.Next(oneIn) == 0;
}
