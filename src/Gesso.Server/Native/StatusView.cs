namespace Gesso.Server.Native;

/// <param name="Data">The models there are.</param>
/// <param name="Default">The one used where a request names none.</param>
public sealed record ModelCatalog(IReadOnlyList<ModelView> Data, string Default);

/// <param name="Name">What requests call it.</param>
/// <param name="Aliases">Further names.</param>
/// <param name="Ready">Whether a worker draws with it now.</param>
/// <param name="Variant">FLUX.1 schnell, FLUX.1 dev …; null until a worker has opened it.</param>
/// <param name="Defaults">What is used where a request leaves something open.</param>
/// <param name="PixelStep">Width and height are multiples of this.</param>
/// <param name="TakesGuidance">Whether guidance has an effect.</param>
/// <param name="MaxTextLength">Tokens it reads at most.</param>
/// <param name="Workers">How many draw with it now.</param>
/// <param name="Problem">Why none can.</param>
public sealed record ModelView(
    string Name, IReadOnlyList<string> Aliases, bool Ready, string? Variant, ModelDefaultsView? Defaults, int? PixelStep, bool? TakesGuidance, int? MaxTextLength,
    int Workers, string? Problem);

public sealed record ModelDefaultsView(string Size, int Steps, double Guidance, double TrueGuidance, string NegativePrompt, int TextLength, string Sampler);

/// <param name="Data">By name; those that the key may use.</param>
public sealed record AdapterList(IReadOnlyList<AdapterView> Data);

/// <param name="Name">What requests call it.</param>
/// <param name="Models">The models here that it fits.</param>
/// <param name="Family">The model family it was made for, as its header says; null: not told.</param>
/// <param name="Trigger">The words that call up what it learned, to be put into the prompt; null: not told.</param>
/// <param name="Problem">Why it fits none.</param>
public sealed record AdapterView(string Name, IReadOnlyList<string> Models, string? Family, string? Trigger, string? Problem);

/// <param name="Version">Of Gesso.</param>
/// <param name="Queue">Of your tenant; for administrators of all.</param>
/// <param name="WorkersReady">Workers that take jobs.</param>
/// <param name="Workers">For administrators: each of them.</param>
/// <param name="Key">The key this was asked with.</param>
/// <param name="Limits">What it may ask for.</param>
public sealed record StatusView(string Version, QueueView Queue, int WorkersReady, IReadOnlyList<WorkerView>? Workers, KeyNote Key, LimitsView Limits);

/// <param name="Queued">Jobs waiting.</param>
/// <param name="Running">Jobs being drawn.</param>
/// <param name="WaitSeconds">Until a new job would start, as estimated.</param>
public sealed record QueueView(long Queued, long Running, double WaitSeconds);

/// <param name="Id">Unique for each start.</param>
/// <param name="Host">Machine.</param>
/// <param name="ProcessId">Process there.</param>
/// <param name="Device">cpu, cuda:0 …</param>
/// <param name="State">starting, ready or draining.</param>
/// <param name="Models">What it can draw with.</param>
/// <param name="Resident">What it holds in memory.</param>
/// <param name="SeenSecondsAgo">By the worker's clock.</param>
/// <param name="BadModels">Models it cannot draw with, and why.</param>
public sealed record WorkerView(
    string Id, string Host, int ProcessId, string Device, string State, IReadOnlyList<string> Models, string? Resident, double SeenSecondsAgo,
    IReadOnlyDictionary<string, string> BadModels);

public sealed record KeyNote(string Id, string Name, string Role, string Tenant);

public sealed record LimitsView(
    long MaxPixels, int MaxSteps, int MaxCount, int MaxAdapters, int MaxPromptCharacters, long MaxBodyBytes, long MaxPictureBytes, long MaxPicturePixels, int MaxBatchLines,
    int QueuedJobs, int RequestsPerMinute, int PicturesPerMinute);

/// <summary>For KEDA's metrics-api scaler and the like.</summary>
/// <param name="BacklogSeconds">Device time of the waiting jobs, as estimated.</param>
/// <param name="Queued">Jobs waiting.</param>
/// <param name="Running">Jobs being drawn.</param>
/// <param name="Workers">Workers that take jobs.</param>
/// <param name="WantedWorkers">Enough to start what is waiting within half a minute.</param>
public sealed record BacklogView(double BacklogSeconds, long Queued, long Running, int Workers, int WantedWorkers);
