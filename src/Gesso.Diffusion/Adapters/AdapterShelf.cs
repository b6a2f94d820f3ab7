using System.Globalization;
using System.Security.Cryptography;
using Gesso.Contracts.Errors;
using Gesso.Diffusion.Pipelines;

namespace Gesso.Diffusion.Adapters;

/// <summary>An adapter that a picture is drawn with.</summary>
/// <param name="Path">Its file.</param>
/// <param name="Sha256">Of the file, 64 lower-case hexadecimal digits.</param>
/// <param name="Strength">1: as trained.</param>
public sealed record PlannedAdapter(string Path, string Sha256, double Strength);

/// <summary>An adapter that is ready to be put on: its tensors are on the device.</summary>
public sealed class LoadedAdapter : IDisposable
{
    internal LoadedAdapter(string path, string sha256, LoraPlan plan, AdapterSize size, IReadOnlyDictionary<AdaptedNetwork, AdapterPart> parts)
    {
        Size = size;
        Path = path;
        Sha256 = sha256;
        Unused = plan.Unused;
        Layers = plan.Changes.Count;
        TextLayers = plan.Changes.Count(c => c.Network != AdaptedNetwork.Transformer);
        WidenedInput = plan.WidenedInput;
        Parts = parts;
    }

    public string Path { get; }

    public string Sha256 { get; }

    /// <summary>Layers of the file that are at work.</summary>
    public int Layers { get; }

    /// <summary>Of <see cref="Layers"/>, those in the text encoders.</summary>
    public int TextLayers { get; }

    /// <summary>Layers and tensors of the file that this model does not have.</summary>
    public IReadOnlyList<string> Unused { get; }

    /// <summary>Channels of image tokens that it expects; null: the model's own.</summary>
    public long? WidenedInput { get; }

    /// <summary>As told before it was loaded.</summary>
    public AdapterSize Size { get; }

    /// <summary>Bytes of its tensors, on the device and beside it.</summary>
    public long ResidentBytes => Parts.Values.Sum(p => p.ResidentBytes);

    internal IReadOnlyDictionary<AdaptedNetwork, AdapterPart> Parts { get; }

    public void Dispose()
    {
        foreach (var part in Parts.Values)
            part.Dispose();
    }
}

/// <summary>
/// The adapters of a model: those put on it, and some more that were used last, by the hash of their files. Taking one off and putting another on touches no weight
/// of the model, so a running engine does it between two pictures.
/// </summary>
public sealed class AdapterShelf : IDisposable
{
    private const int MostKept = 8;
    private readonly FluxModel _model;
    private readonly Lazy<AdapterModel> _names;
    private readonly Dictionary<(string Path, long Length, DateTime Written), string> _hashes = [];

    /// <summary>The one used last is at the end.</summary>
    private readonly List<LoadedAdapter> _loaded = [];
    private readonly List<LoadedAdapter> _merged = [];
    private IReadOnlyList<PlannedAdapter> _applied = [];

    internal AdapterShelf(FluxModel model)
    {
        _model = model;
        _names = new(() => new AdapterModel(model.Transformer.Shape, model.Clip.Shape, model.T5.Shape));
    }

    /// <summary>What is put on now.</summary>
    public IReadOnlyList<PlannedAdapter> Applied => _applied;

    /// <summary>The names of the model's layers.</summary>
    public AdapterModel Names => _names.Value;

    /// <summary>What of <see cref="Applied"/> changes the text encoders: states of a prompt are only good for the adapters they were made with.</summary>
    public string TextKey { get; private set; } = "";

    /// <summary>What was merged into the weights, so that the model is another than its files say; empty: nothing.</summary>
    public string MergedKey { get; private set; } = "";

    /// <summary>Reads an adapter, or gives the one that is held.</summary>
    /// <exception cref="GessoException">The file cannot be used with this model, and why.</exception>
    public LoadedAdapter Take(string path)
    {
        string sha256 = HashOf(path);
        if (Held(sha256) is { } held)
            return held;
        var adapter = Load(path, sha256);
        MakeRoom();
        _loaded.Add(adapter);
        return adapter;
    }

    /// <summary>What an adapter takes of memory, without loading it.</summary>
    /// <exception cref="GessoException">The file cannot be used with this model, and why.</exception>
    public AdapterNeed NeedOf(string path)
    {
        if (Held(HashOf(path)) is { } held)
            return new AdapterNeed(held.Size, IsHeld: true);
        using var file = LoraFile.Open(path);
        return new AdapterNeed(AdapterSize.Of(LoraPlan.Create(file, Names), Names, _model.Target), IsHeld: false);
    }

    /// <summary>As above, also when the file is gone but its tensors are there.</summary>
    public AdapterNeed NeedOf(PlannedAdapter planned)
    {
        ArgumentNullException.ThrowIfNull(planned);
        return Held(planned.Sha256) is { } held ? new AdapterNeed(held.Size, IsHeld: true) : NeedOf(planned.Path);
    }

    /// <summary>Puts these adapters on, in place of those that are on; the same ones again cost nothing.</summary>
    /// <exception cref="GessoException"><c>adapter_changed</c>: a file is not the one that was planned with.</exception>
    public void Apply(IReadOnlyList<PlannedAdapter> adapters)
    {
        ArgumentNullException.ThrowIfNull(adapters);
        if (_applied.SequenceEqual(adapters))
            return;
        // those that are wanted count as put on while the others are read
        var before = _applied;
        List<(LoadedAdapter Adapter, double Strength)> all;
        try
        {
            _applied = [.. before, .. adapters];
            all = [.. adapters.Select(a => (Take(a), a.Strength))];
        }
        catch
        {
            _applied = before;
            throw;
        }
        _applied = [.. adapters];
        Put(AdaptedNetwork.Transformer, _model.Transformer);
        Put(AdaptedNetwork.Clip, _model.Clip);
        Put(AdaptedNetwork.T5, _model.T5);
        TextKey = string.Join('+', all.Where(a => a.Adapter.Parts.Keys.Any(n => n != AdaptedNetwork.Transformer))
            .Select(a => string.Create(CultureInfo.InvariantCulture, $"{a.Adapter.Sha256}:{a.Strength:R}")));

        void Put<T>(AdaptedNetwork network, NetworkSlot<T> slot)
            where T : class =>
            slot.Adapters = [.. all.Where(a => a.Adapter.Parts.ContainsKey(network)).Select(a => (a.Adapter.Parts[network], a.Strength))];
    }

    /// <summary>
    /// Adds adapters to the weights themselves, for as long as the model is open: a step then costs what it costs without. Weights that are held in fewer than 16 bits are
    /// held in 16 afterwards, and what is already small in f16 or bf16 is rounded.
    /// </summary>
    public void Merge(IReadOnlyList<PlannedAdapter> adapters)
    {
        ArgumentNullException.ThrowIfNull(adapters);
        List<(LoadedAdapter Adapter, double Strength)> all = [];
        foreach (var adapter in adapters)
        {
            // not on the shelf: they must outlive everything on it, since a network that is loaded again is merged again
            var loaded = Load(adapter.Path, adapter.Sha256);
            _merged.Add(loaded);
            MergedKey += string.Create(CultureInfo.InvariantCulture, $"+{adapter.Sha256}:{adapter.Strength:R}");
            all.Add((loaded, adapter.Strength));
        }
        Apply([]);
        Merge(AdaptedNetwork.Transformer, _model.Transformer);
        Merge(AdaptedNetwork.Clip, _model.Clip);
        Merge(AdaptedNetwork.T5, _model.T5);

        void Merge<T>(AdaptedNetwork network, NetworkSlot<T> slot)
            where T : class =>
            slot.Merge([.. all.Where(a => a.Adapter.Parts.ContainsKey(network)).Select(a => (a.Adapter.Parts[network], a.Strength))]);
    }

    /// <summary>Frees adapters that are held for later and not put on.</summary>
    public void ReleaseUnused()
    {
        foreach (var adapter in _loaded.Where(a => _applied.All(p => p.Sha256 != a.Sha256)).ToList())
        {
            _loaded.Remove(adapter);
            adapter.Dispose();
        }
    }

    /// <summary>SHA-256 of a file; computed once as long as it is not written to.</summary>
    public string HashOf(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
            throw GessoException.Invalid("adapter_not_found", $"There is no adapter file {path}. Give the path of a safetensors file.");
        var key = (file.FullName, file.Length, file.LastWriteTimeUtc);
        if (_hashes.TryGetValue(key, out string? known))
            return known;
        try
        {
            using var stream = file.OpenRead();
            return _hashes[key] = Convert.ToHexStringLower(SHA256.HashData(stream));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw GessoException.Unavailable("adapter_unreadable", $"{path} cannot be read: {e.Message}", e);
        }
    }

    public void Dispose()
    {
        _loaded.ForEach(a => a.Dispose());
        _loaded.Clear();
        _merged.ForEach(a => a.Dispose());
        _merged.Clear();
    }

    private LoadedAdapter Take(PlannedAdapter planned)
    {
        if (Held(planned.Sha256) is { } held)
            return held;
        var adapter = Take(planned.Path);
        return adapter.Sha256 == planned.Sha256 ? adapter : throw GessoException.Invalid("adapter_changed",
            $"{planned.Path} is not the file that the picture was planned with (SHA-256 {planned.Sha256[..12]}… then, {adapter.Sha256[..12]}… now). Plan it again.");
    }

    /// <summary>The adapter of this hash, which is now the one used last.</summary>
    private LoadedAdapter? Held(string sha256)
    {
        var adapter = _loaded.Find(a => a.Sha256 == sha256);
        if (adapter is not null && _loaded.Remove(adapter))
            _loaded.Add(adapter);
        return adapter;
    }

    private LoadedAdapter Load(string path, string sha256)
    {
        using var file = LoraFile.Open(path);
        var plan = LoraPlan.Create(file, Names);
        var loading = new LoraLoading(plan, Names, _model.Target);
        Dictionary<AdaptedNetwork, AdapterPart> parts = [];
        try
        {
            foreach (var network in plan.Changes.Select(c => c.Network).Distinct())
            {
                parts[network] = loading.Load(network, () => network switch
                {
                    AdaptedNetwork.Clip => _model.Clip.Layers,
                    AdaptedNetwork.T5 => _model.T5.Layers,
                    _ => _model.Transformer.Layers,
                });
            }
            return new LoadedAdapter(path, sha256, plan, AdapterSize.Of(plan, Names, _model.Target), parts);
        }
        catch
        {
            foreach (var part in parts.Values)
                part.Dispose();
            throw;
        }
    }

    /// <summary>What is put on stays, however long ago it was asked for.</summary>
    private void MakeRoom()
    {
        while (_loaded.Count >= MostKept && _loaded.FirstOrDefault(a => _applied.All(p => p.Sha256 != a.Sha256)) is { } oldest)
        {
            _loaded.Remove(oldest);
            oldest.Dispose();
        }
    }
}
