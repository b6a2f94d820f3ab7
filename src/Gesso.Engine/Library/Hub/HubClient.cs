using System.Net.Http.Headers;
using System.Text.Json;
using Gesso.Contracts.Errors;

namespace Gesso.Engine.Library.Hub;

/// <summary>
/// Pulls models from the Hugging Face hub, a mirror of it, or any https address: complete and verified, or an error that says what to do; a
/// pull that was cut goes on where it stopped. API: huggingface.co/docs/hub/api (<c>/api/models/…/tree</c>, <c>/…/resolve/…</c>).
/// </summary>
public sealed class HubClient : IDisposable
{
    private const int ModelIndexLimit = 1 << 20;

    private readonly HttpClient _http;
    private readonly HubOptions _options;
    private readonly HubTransport _transport;
    private readonly Func<string, long> _freeBytes;

    /// <param name="options">Endpoint and token.</param>
    /// <param name="handler">The way out; null: the default one, with the proxies of the environment.</param>
    /// <param name="time">Clock of the waits between tries; null: the system's.</param>
    /// <param name="freeBytes">Free bytes at a folder; null: asks the file system.</param>
    public HubClient(HubOptions options, HttpMessageHandler? handler = null, TimeProvider? time = null, Func<string, long>? freeBytes = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _http = new HttpClient(handler ?? new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(10) }, disposeHandler: handler is null)
        {
            Timeout = Timeout.InfiniteTimeSpan, // files take hours; HubOptions.StallTimeout catches dead connections
        };
        _transport = new HubTransport(_http, options, time ?? TimeProvider.System);
        _freeBytes = freeBytes ?? (folder => new DriveInfo(folder).AvailableFreeSpace);
    }

    /// <summary>Pulls a model into its folder below <see cref="PullRequest.ModelsRoot"/>: <c>owner--name</c>, or the file's name without extension.</summary>
    /// <param name="request">What and where to.</param>
    /// <param name="progress">Gets a snapshot per megabyte or so, from several threads but never two at once; may be null.</param>
    /// <param name="cancellation">Stops; what was downloaded is kept for the next time.</param>
    /// <exception cref="GessoException">
    /// <c>model_unknown</c>, <c>model_not_found</c>, <c>model_gated</c>, <c>choose_a_file</c>, <c>file_not_found</c>, <c>unsafe_path</c>, <c>disk_full</c>,
    /// <c>hub_unreachable</c>, <c>hub_rate_limited</c>, <c>hash_mismatch</c>, <c>pull_running</c> and their like: see the messages.
    /// </exception>
    public async Task<PulledModel> PullAsync(PullRequest request, IProgress<PullProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Parallelism is < 1 or > 8)
            throw GessoException.Invalid("parallelism_out_of_range", $"Files at the same time: 1 to 8; got {request.Parallelism}.");
        PullSource source = PullSource.Parse(request, _options.Endpoint);
        if (_options.Offline)
            throw HubErrors.Offline(_options);
        var tally = new PullTally(progress);
        tally.Enter(PullStage.Listing);
        try
        {
            return source switch
            {
                PullSource.Repo repo => await PullRepoAsync(repo, request, tally, cancellation),
                PullSource.Address address => await PullAddressAsync(address, request, tally, cancellation),
                _ => throw GessoException.Bug("pull_source_unknown", $"A pull source of type {source.GetType().Name} has no implementation."),
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw HubErrors.CannotWrite(request.ModelsRoot, e); // the network's own I/O errors are GessoExceptions by now
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<PulledModel> PullRepoAsync(PullSource.Repo repo, PullRequest request, PullTally tally, CancellationToken cancellation)
    {
        List<HubFile> listed = await HubListing.ReadAsync(_transport, repo.Name, repo.Revision, cancellation);
        string? commit = null;
        List<string>? components = null;
        if (repo.File is null && listed.Any(file => file.Path == FileSelection.ModelIndex))
            (components, commit) = await ReadModelIndexAsync(repo, cancellation);
        List<HubFile> files = FileSelection.Choose(listed, components, repo.File, repo.Name);

        // A known commit is pinned: a branch that moves while gigabytes arrive must not mix two models.
        string revision = commit ?? repo.Revision;
        string directory = Path.Combine(Path.GetFullPath(request.ModelsRoot), repo.Name.Replace("/", "--", StringComparison.Ordinal));
        var pull = new FolderPull(_transport, directory, repo.Name, request.Parallelism, tally, new DiskRoom(directory, _freeBytes));
        Uri Address(HubFile file) => HubListing.FileUri(_options.Endpoint, repo.Name, revision, file.Path);
        IReadOnlyList<PulledFile> pulled = await pull.RunAsync(files, Address, cancellation);
        return Finish(new PulledModel(directory, repo.Name, repo.Revision, commit, pulled, tally.Downloaded), tally);
    }

    private async Task<PulledModel> PullAddressAsync(PullSource.Address address, PullRequest request, PullTally tally, CancellationToken cancellation)
    {
        string directory = Path.Combine(Path.GetFullPath(request.ModelsRoot), Path.GetFileNameWithoutExtension(address.FileName));
        string name = address.Uri.GetLeftPart(UriPartial.Path);
        if (File.Exists(Path.Combine(directory, address.FileName)) && !File.Exists(Path.Combine(directory, PullManifest.FileName)))
            throw HubErrors.FolderTaken(directory, $"a file {address.FileName} that was not pulled", name);
        var pull = new FolderPull(_transport, directory, name, request.Parallelism, tally, new DiskRoom(directory, _freeBytes));
        IReadOnlyList<PulledFile> pulled = await pull.RunAsync([new HubFile(address.FileName, null, null)], _ => address.Uri, cancellation);
        return Finish(new PulledModel(directory, name, null, null, pulled, tally.Downloaded), tally);
    }

    /// <summary>
    /// The folders that model_index.json names: <c>"transformer": ["diffusers", "FluxTransformer2DModel"]</c>; absent parts are <c>[null, null]</c>.
    /// </summary>
    private async Task<(List<string> Components, string? Commit)> ReadModelIndexAsync(PullSource.Repo repo, CancellationToken cancellation)
    {
        Uri uri = HubListing.FileUri(_options.Endpoint, repo.Name, repo.Revision, FileSelection.ModelIndex);
        (byte[] body, HttpResponseHeaders headers) = await _transport.GetSmallAsync(uri, repo.Name, ModelIndexLimit, cancellation);
        string? commit = headers.TryGetValues("X-Repo-Commit", out IEnumerable<string>? values) ? values.First() : null;
        try
        {
            Dictionary<string, JsonElement> index = JsonSerializer.Deserialize(body, HubJson.Default.DictionaryStringJsonElement) ?? [];
            List<string> components = [.. index.Where(entry => IsComponent(entry.Value)).Select(entry => entry.Key)];
            return components.FirstOrDefault(name => !SafePath.IsSafe(name)) is { } bad ? throw SafePath.Refuse(bad) : (components, commit);
        }
        catch (JsonException e)
        {
            throw GessoException.Refused("model_index_invalid", $"{FileSelection.ModelIndex} of {repo.Name} is not JSON: {e.Message}", e);
        }
    }

    private static bool IsComponent(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 2 && value.EnumerateArray().All(part => part.ValueKind == JsonValueKind.String);

    private static PulledModel Finish(PulledModel model, PullTally tally)
    {
        new PresentFiles(model.Directory, model.Source).Record(model, KnownModel.Find(model.Source)?.License);
        tally.Enter(PullStage.Done);
        return model;
    }
}
