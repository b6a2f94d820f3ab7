using System.Diagnostics.Metrics;

namespace Gesso.Platform.Metering;

/// <summary>
/// What every process that handles jobs counts, server or worker. Names are those of Prometheus, so they read the same in a scrape, over OTLP and in the rules
/// under <c>deploy/</c>. Labels: the model and the outcome; never a tenant, a key or anything of a prompt.
/// </summary>
public static class JobMeter
{
    private static readonly Meter Meter = new("Gesso.Jobs");

    /// <summary>Jobs stored, by model.</summary>
    public static Counter<long> Submitted { get; } = Meter.CreateCounter<long>("gesso_jobs_submitted_total", description: "Jobs stored, by model.");

    /// <summary>Ends of jobs, by model and outcome: succeeded, failed, cancelled, expired, quarantined.</summary>
    public static Counter<long> Ended { get; } = Meter.CreateCounter<long>(
        "gesso_jobs_total",
        description: "Jobs that reached their end, by model and outcome (succeeded, failed, cancelled, expired, quarantined). The model is empty where many ended at once.");

    /// <summary>Pictures stored, by model.</summary>
    public static Counter<long> Pictures { get; } = Meter.CreateCounter<long>("gesso_pictures_total", description: "Pictures finished and stored, by model.");

    /// <summary>From submission to the first claim.</summary>
    public static Histogram<double> QueueWait { get; } = Meter.CreateHistogram<double>(
        "gesso_queue_wait_seconds", description: "Time from submission to the first worker, by model.");

    /// <summary>From claim to success, of the last attempt.</summary>
    public static Histogram<double> Attempt { get; } = Meter.CreateHistogram<double>(
        "gesso_attempt_seconds", description: "Time from claim to success of the attempt that succeeded, by model.");

    /// <summary>Device time as reported by ended attempts, by model.</summary>
    public static Counter<double> DeviceSeconds { get; } = Meter.CreateCounter<double>(
        "gesso_device_seconds_total", description: "Device time of ended attempts, by model.");

    /// <summary>Reports of attempts that no longer held their job.</summary>
    public static Counter<long> Fenced { get; } = Meter.CreateCounter<long>(
        "gesso_fenced_results_total", description: "Results refused because their attempt no longer held the job (cancelled, or given to another worker).");

    /// <summary>Stages of drawing, by stage: prepare, denoise, encode, store.</summary>
    public static Histogram<double> Stage { get; } = Meter.CreateHistogram<double>(
        "gesso_stage_seconds",
        description: "Time of a stage of drawing, by stage: prepare (load, read the prompt, first step), denoise (further steps and decoding), encode, store.");

    public static KeyValuePair<string, object?> Model(string name) => new("model", name);

    public static KeyValuePair<string, object?> Outcome(string outcome) => new("outcome", outcome);
}
