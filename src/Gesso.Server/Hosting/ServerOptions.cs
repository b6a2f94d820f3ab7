using Gesso.Contracts.Errors;
using Gesso.Platform.Jobs;

namespace Gesso.Server.Hosting;

/// <summary>Everything a server can be told: defaults, then the configuration file, then <c>GESSO_…</c> variables, then flags. docs/configuration.md lists it.</summary>
public sealed record ServerOptions
{
    public const string DefaultUrl = "http://127.0.0.1:7860";

    private static readonly Dictionary<string, ModelOptions> BundledOnly = new() { ["gesso-mini"] = new ModelOptions() };

    /// <summary>Addresses to listen on, separated by semicolons; port 0 takes a free one.</summary>
    public string Urls { get; init; } = DefaultUrl;

    /// <summary>Folder for the database, pictures, secrets and logs of workers.</summary>
    public string Data { get; init; } = DefaultData();

    /// <summary><c>sqlite:PATH</c> or <c>postgres://…</c>; null: <c>gesso.db</c> in <see cref="Data"/>.</summary>
    public string? Database { get; init; }

    /// <summary><c>folder:PATH</c> or <c>s3://bucket/prefix?endpoint=…</c>; null: <c>assets</c> in <see cref="Data"/>.</summary>
    public string? Assets { get; init; }

    /// <summary>Worker processes to start; null: one for each device; 0: none (workers run elsewhere).</summary>
    public int? Workers { get; init; }

    /// <summary>Models by the name callers use; empty: the bundled one.</summary>
    public IReadOnlyDictionary<string, ModelOptions> Models { get; init; } = new Dictionary<string, ModelOptions>();

    /// <summary><see cref="Models"/>, or the bundled one.</summary>
    public IReadOnlyDictionary<string, ModelOptions> ModelsOrDefault => Models.Count > 0 ? Models : BundledOnly;

    /// <summary>Used where a request names none; null: the first real one.</summary>
    public string? DefaultModel { get; init; }

    /// <summary>Folders of adapters, a path list; the user's own (<c>gesso/adapters</c> in the local data folder) comes after them. Workers read them, not the server.</summary>
    public string? Adapters { get; init; }

    public LimitOptions Limits { get; init; } = new();

    public SecurityOptions Security { get; init; } = new();

    public RetentionOptions Retention { get; init; } = new();

    public SchedulingPolicy Scheduling { get; init; } = new();

    public TelemetryOptions Telemetry { get; init; } = new();

    public WorkerTuning Worker { get; init; } = new();

    public DrainOptions Drain { get; init; } = new();

    /// <summary>Nobody balances load onto a loopback address, so nobody has to notice that it goes.</summary>
    public TimeSpan DrainDelayOrDefault => Drain.Delay ?? (Listening.Addresses(this).All(a => a.IsLoopback) ? TimeSpan.Zero : TimeSpan.FromSeconds(5));

    public string DatabaseOrDefault => Database ?? "sqlite:" + Path.Combine(Data, "gesso.db");

    public string AssetsOrDefault => Assets ?? "folder:" + Path.Combine(Data, "assets");

    /// <exception cref="GessoException">InvalidRequest <c>bad_configuration</c> naming the field, the value and the range.</exception>
    public ServerOptions Validate()
    {
        foreach (string url in Urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            _ = ListenAddress.Parse(url);
        Check.That(Urls.Trim(' ', ';').Length > 0, "urls", Urls, "an address such as " + DefaultUrl);
        Check.That(!string.IsNullOrWhiteSpace(Data), "data", Data, "a folder");
        Check.That(
            DatabaseOrDefault.StartsWith("sqlite:", StringComparison.Ordinal)
            || DatabaseOrDefault.StartsWith("postgres://", StringComparison.Ordinal)
            || DatabaseOrDefault.StartsWith("postgresql://", StringComparison.Ordinal),
            "database", Database, "sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME");
        Check.That(
            AssetsOrDefault.StartsWith("folder:", StringComparison.Ordinal) || AssetsOrDefault.StartsWith("s3://", StringComparison.Ordinal),
            "assets", Assets, "folder:PATH or s3://BUCKET/PREFIX");
        Check.That(Workers is null or (>= 0 and <= 64), "workers", Workers, "0 to 64");
        foreach (var (name, model) in Models)
            model.Validate(name);
        Check.That(DefaultModel is null || Models.Count == 0 || Models.ContainsKey(DefaultModel), "defaultModel", DefaultModel, "one of the models: " + string.Join(", ", Models.Keys));
        foreach (string folder in Workers == 0 ? [] : (Adapters ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            Check.That(Directory.Exists(folder), "adapters", folder, $"folders that exist, separated by {Path.PathSeparator}");
        Limits.Validate();
        Security.Validate();
        Retention.Validate();
        Telemetry.Validate();
        Worker.Validate();
        Drain.Validate();
        _ = Scheduling.Validate();
        return this;
    }

    private static string DefaultData() =>
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "gesso", "server");
}

/// <summary>One model of the server.</summary>
public sealed record ModelOptions
{
    /// <summary><c>flux</c>, or <c>null</c>: answers at once with a tiny picture, for load tests.</summary>
    public string Engine { get; init; } = "flux";

    /// <summary>Folder, file or library name; null: the library's model of this name.</summary>
    public string? Path { get; init; }

    public string? Clip { get; init; }

    public string? T5 { get; init; }

    public string? AutoEncoder { get; init; }

    public string? Tokenizers { get; init; }

    /// <summary>Further names, for example <c>gpt-image-2</c>.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>Null engine only: denoising steps it pretends to do.</summary>
    public int NullSteps { get; init; } = 4;

    /// <summary>Null engine only: milliseconds for each of them.</summary>
    public int NullStepMilliseconds { get; init; }

    public bool IsNull => Engine == "null";

    internal void Validate(string name)
    {
        Check.That(name.Length is > 0 and <= 200 && !name.Any(char.IsControl), "models", name, "names of 1 to 200 characters");
        Check.That(Engine is "flux" or "null", $"models:{name}:engine", Engine, "flux or null");
        Check.That(NullSteps is >= 1 and <= 1000, $"models:{name}:nullSteps", NullSteps, "1 to 1000");
        Check.That(NullStepMilliseconds is >= 0 and <= 600_000, $"models:{name}:nullStepMilliseconds", NullStepMilliseconds, "0 to 600000");
    }
}

/// <summary>What one request, key or the whole server may ask for.</summary>
public sealed record LimitOptions
{
    /// <summary>Pixels of one picture.</summary>
    public long MaxPixels { get; init; } = 4096L * 4096;

    public int MaxSteps { get; init; } = 200;

    /// <summary>Pictures of one request.</summary>
    public int MaxCount { get; init; } = 10;

    /// <summary>Adapters of one request.</summary>
    public int MaxAdapters { get; init; } = 8;

    public int MaxPromptCharacters { get; init; } = 32_000;

    /// <summary>Bytes of a request, uploads included.</summary>
    public long MaxBodyBytes { get; init; } = 64L << 20;

    /// <summary>Bytes of one uploaded or fetched picture.</summary>
    public long MaxPictureBytes { get; init; } = 50L << 20;

    /// <summary>Pixels of one uploaded or fetched picture.</summary>
    public long MaxPicturePixels { get; init; } = 64L << 20;

    /// <summary>Lines of one batch.</summary>
    public int MaxBatchLines { get; init; } = 50_000;

    /// <summary>Jobs waiting in all.</summary>
    public int Queue { get; init; } = 1_000_000;

    /// <summary>Jobs waiting or running for one tenant.</summary>
    public int TenantQueue { get; init; } = 100_000;

    /// <summary>Of one key, unless the key says otherwise.</summary>
    public int RequestsPerMinute { get; init; } = 600_000;

    public int PicturesPerMinute { get; init; } = 600_000;

    /// <summary>A job that names no deadline fails after this time.</summary>
    public TimeSpan JobDeadline { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How long an answer is waited for where the caller holds the connection.</summary>
    public TimeSpan SynchronousWait { get; init; } = TimeSpan.FromMinutes(30);

    internal void Validate()
    {
        Check.That(MaxPixels is >= 256 and <= 8192L * 8192, "limits:maxPixels", MaxPixels, "256 to 67108864");
        Check.That(MaxSteps is >= 1 and <= 1000, "limits:maxSteps", MaxSteps, "1 to 1000");
        Check.That(MaxCount is >= 1 and <= 1000, "limits:maxCount", MaxCount, "1 to 1000");
        Check.That(MaxAdapters is >= 0 and <= 64, "limits:maxAdapters", MaxAdapters, "0 to 64");
        Check.That(MaxPromptCharacters is >= 1 and <= 100_000, "limits:maxPromptCharacters", MaxPromptCharacters, "1 to 100000");
        Check.That(MaxBodyBytes is >= 1024 and <= 4L << 30, "limits:maxBodyBytes", MaxBodyBytes, "1024 to 4294967296");
        Check.That(MaxPictureBytes is >= 1024 and <= 1L << 30, "limits:maxPictureBytes", MaxPictureBytes, "1024 to 1073741824");
        Check.That(MaxPicturePixels is >= 1024 and <= 1L << 30, "limits:maxPicturePixels", MaxPicturePixels, "1024 to 1073741824");
        Check.That(MaxBatchLines is >= 1 and <= 1_000_000, "limits:maxBatchLines", MaxBatchLines, "1 to 1000000");
        Check.That(Queue >= 1, "limits:queue", Queue, "1 or more");
        Check.That(TenantQueue >= 1, "limits:tenantQueue", TenantQueue, "1 or more");
        Check.That(RequestsPerMinute >= 1, "limits:requestsPerMinute", RequestsPerMinute, "1 or more");
        Check.That(PicturesPerMinute >= 1, "limits:picturesPerMinute", PicturesPerMinute, "1 or more");
        Check.That(JobDeadline > TimeSpan.Zero, "limits:jobDeadline", JobDeadline, "above 0, as [d.]hh:mm:ss");
        Check.That(SynchronousWait > TimeSpan.Zero, "limits:synchronousWait", SynchronousWait, "above 0, as [d.]hh:mm:ss");
    }
}

public sealed record SecurityOptions
{
    /// <summary>Host names this server answers to, besides loopback names and the addresses in <see cref="ServerOptions.Urls"/>.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>Origins of other sites whose pages may call this server.</summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    /// <summary>PEM file with the certificate and its chain, for https addresses.</summary>
    public string? Certificate { get; init; }

    /// <summary>PEM file with its key.</summary>
    public string? CertificateKey { get; init; }

    /// <summary>Addresses of proxies in front whose X-Forwarded-* headers are believed.</summary>
    public IReadOnlyList<string> TrustedProxies { get; init; } = [];

    /// <summary>File with the pepper of keys and the key of signed URLs; null: made in the data folder. Servers that share a database need the same.</summary>
    public string? SecretFile { get; init; }

    /// <summary>Private networks (CIDR) that picture and webhook URLs may lead to; none unless named.</summary>
    public IReadOnlyList<string> FetchNetworks { get; init; } = [];

    /// <summary>How long a signed picture URL works.</summary>
    public TimeSpan SignedUrlLifetime { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Whether prompts are written to the log.</summary>
    public bool LogPrompts { get; init; }

    internal void Validate()
    {
        Check.That((Certificate is null) == (CertificateKey is null), "security:certificateKey", CertificateKey, "a PEM file for both certificate and certificateKey, or neither");
        Check.That(Certificate is null || File.Exists(Certificate), "security:certificate", Certificate, "a file that exists");
        Check.That(CertificateKey is null || File.Exists(CertificateKey), "security:certificateKey", CertificateKey, "a file that exists");
        foreach (string network in FetchNetworks)
            Check.That(System.Net.IPNetwork.TryParse(network, out _), "security:fetchNetworks", network, "networks such as 10.1.0.0/16");
        foreach (string proxy in TrustedProxies)
            Check.That(System.Net.IPNetwork.TryParse(proxy, out _) || System.Net.IPAddress.TryParse(proxy, out _), "security:trustedProxies", proxy, "addresses or networks");
        foreach (string origin in AllowedOrigins)
            Check.That(Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.AbsolutePath == "/" && !origin.EndsWith('/'), "security:allowedOrigins", origin, "origins such as https://example.com");
        Check.That(SignedUrlLifetime > TimeSpan.Zero && SignedUrlLifetime <= TimeSpan.FromDays(7), "security:signedUrlLifetime", SignedUrlLifetime, "above 0 to 7 days");
    }
}

public sealed record RetentionOptions
{
    /// <summary>Finished jobs and their pictures are kept this long.</summary>
    public TimeSpan Jobs { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Uploaded pictures are kept this long after their last use.</summary>
    public TimeSpan Uploads { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Files nothing refers to are deleted after this time.</summary>
    public TimeSpan Orphans { get; init; } = TimeSpan.FromHours(1);

    internal void Validate()
    {
        Check.That(Jobs >= TimeSpan.FromDays(1), "retention:jobs", Jobs, "1 day or more (idempotency keys live as long)");
        Check.That(Uploads >= TimeSpan.FromMinutes(10), "retention:uploads", Uploads, "10 minutes or more");
        Check.That(Orphans >= TimeSpan.FromMinutes(10), "retention:orphans", Orphans, "10 minutes or more");
    }
}

public sealed record TelemetryOptions
{
    internal const string MetricsField = "telemetry:metricsUrl";
    internal const string LivenessField = "telemetry:livenessUrl";

    /// <summary>OTLP endpoint for traces and metrics; null: none is sent.</summary>
    public string? Otlp { get; init; }

    /// <summary>A separate address for /metrics; null: the main one, for admin keys and loopback.</summary>
    public string? MetricsUrl { get; init; }

    /// <summary>A separate address for /livez that is answered even while the thread pool is full; null: the main one only.</summary>
    public string? LivenessUrl { get; init; }

    /// <summary>How log lines look: <c>text</c> or <c>json</c>.</summary>
    public string Logs { get; init; } = "text";

    /// <summary>Whether every request has a line, not only refused and failed ones.</summary>
    public bool AccessLog { get; init; }

    internal void Validate()
    {
        Check.That(Logs is "text" or "json", "telemetry:logs", Logs, "text or json");
        Check.That(Otlp is null || Uri.TryCreate(Otlp, UriKind.Absolute, out _), "telemetry:otlp", Otlp, "an address such as http://127.0.0.1:4317");
        foreach (var (url, field) in new[] { (MetricsUrl, MetricsField), (LivenessUrl, LivenessField) })
            Check.That(url is null || ListenAddress.Parse(url, field).Scheme == "http", field, url, "an http address: nothing secret is told there");
    }
}

/// <summary>How workers keep in touch.</summary>
public sealed record WorkerTuning
{
    /// <summary>How often a worker renews its jobs.</summary>
    public TimeSpan Heartbeat { get; init; } = LeaseWatch.DefaultHeartbeat;

    /// <summary>A worker silent for this long loses its jobs.</summary>
    public TimeSpan Lease { get; init; } = LeaseWatch.DefaultLease;

    /// <summary>Latents are stored this often: a job loses no more when its worker dies.</summary>
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A worker whose device finishes no step for this long is replaced.</summary>
    public TimeSpan Stall { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>A worker whose server is gone waits this long for another.</summary>
    public TimeSpan OrphanPatience { get; init; } = TimeSpan.FromMinutes(1);

    internal void Validate()
    {
        Check.That(Heartbeat >= TimeSpan.FromMilliseconds(100), "worker:heartbeat", Heartbeat, "0.1 s or more");
        Check.That(Lease >= 2 * Heartbeat, "worker:lease", Lease, $"at least two heartbeats ({2 * Heartbeat})");
        Check.That(CheckpointInterval >= TimeSpan.FromMilliseconds(50), "worker:checkpointInterval", CheckpointInterval, "0.05 s or more");
        Check.That(Stall >= TimeSpan.FromSeconds(10), "worker:stall", Stall, "10 s or more");
        Check.That(OrphanPatience >= TimeSpan.FromSeconds(1), "worker:orphanPatience", OrphanPatience, "1 s or more");
    }
}

/// <summary>How a server takes its leave.</summary>
public sealed record DrainOptions
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(30);

    /// <summary>It keeps taking requests this long after it said it is going, until whoever routes to it has noticed; null: see <see cref="ServerOptions.DrainDelayOrDefault"/>.</summary>
    public TimeSpan? Delay { get; init; }

    /// <summary>Callers that wait for a picture may go on waiting this long after that.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(20);

    internal void Validate()
    {
        Check.That(Delay is null || (Delay >= TimeSpan.Zero && Delay <= Longest), "drain:delay", Delay, "00:00:00 to 00:30:00");
        Check.That(Grace >= TimeSpan.Zero && Grace <= Longest, "drain:grace", Grace, "00:00:00 to 00:30:00");
    }
}

/// <summary>Raises the one error of a configuration field.</summary>
internal static class Check
{
    public static void That(bool holds, string field, object? value, string range)
    {
        if (!holds)
            throw GessoException.Invalid("bad_configuration", $"{field}: expected {range}, got {(value is null ? "nothing" : $"\"{value}\"")}.");
    }
}
