using Gesso.Contracts.Errors;
using Gesso.Contracts.Models;
using Gesso.Engine;
using Gesso.Engine.Library;

namespace Gesso.Worker;

/// <summary>The models of this worker, one of them in memory. All calls belong to the device thread.</summary>
internal sealed class EngineShelf(WorkerOptions options) : IDisposable
{
    private readonly EngineOptions _engine = new() { Device = options.Device, Threads = options.Threads };
    private string? _name;
    private ImageEngine? _loaded;

    /// <summary>What can be put on them.</summary>
    public AdapterCatalog Adapters { get; } = new(options.Adapters);

    /// <summary>The name of what is in memory.</summary>
    public string? Resident => _loaded is null ? null : _name;

    /// <summary>Looks at the files of a model without reading its weights.</summary>
    /// <exception cref="GessoException">Missing, unsupported or damaged.</exception>
    public ModelCard Inspect(string name)
    {
        if (_loaded is null || _name == name)
            return Told(Take(name));
        using var engine = ImageEngine.Load(Source(name), _engine);
        return Told(engine);

        ModelCard Told(ImageEngine engine)
        {
            Adapters.Add(name, engine.Model.Adapters.Names);
            return engine.Card;
        }
    }

    /// <summary>The engine of a model, its weights loaded; another one is put away first.</summary>
    /// <exception cref="GessoException">The model cannot be used: missing, unsupported or damaged.</exception>
    public ImageEngine Take(string name)
    {
        if (_name == name && _loaded is not null)
            return _loaded;
        Release();
        var engine = ImageEngine.Load(Source(name), _engine);
        try
        {
            engine.LoadWeights();                                                           // a damaged file is the fault of the model, not of whoever asks first
        }
        catch
        {
            engine.Dispose();
            throw;
        }
        _loaded = engine;
        _name = name;
        return engine;
    }

    /// <summary>Frees the device, for example after an error that may have left it in doubt.</summary>
    public void Release()
    {
        _loaded?.Dispose();
        _loaded = null;
        _name = null;
    }

    public void Dispose() => Release();

    private ModelSource Source(string name) => options.Models.TryGetValue(name, out var location)
        ? ModelLibrary.Default.Resolve(location.Path, location.Companions)
        : throw GessoException.Unavailable("model_not_found", $"This worker has no model \"{name}\"; it has {string.Join(", ", options.Models.Keys)}.");
}
