using Gesso.Contracts.Errors;
using Gesso.Formats;
using Gesso.Torch.Layers;
using Gesso.Torch.Tensors;
using static TorchSharp.torch;

namespace Gesso.Torch.Weights;

/// <summary>How weights of linear layers are held in memory.</summary>
public enum LinearStorage
{
    /// <summary>In the compute type: fastest, most memory.</summary>
    Expanded,

    /// <summary>As stored, decoded at each use: memory of the file.</summary>
    Compact,
}

/// <param name="Target">Device and compute type.</param>
/// <param name="Storage">How linear weights are held; compact storage is for the CPU.</param>
public sealed record LoadOptions(ComputeTarget Target, LinearStorage Storage)
{
    public static LoadOptions Cpu { get; } = new(ComputeTarget.Cpu, LinearStorage.Expanded);
}

/// <summary>A network together with the tensors it holds; disposing frees them.</summary>
public sealed class LoadedNetwork<T>(T network, CheckpointWeights weights) : IDisposable
{
    public T Network { get; } = network;

    /// <summary>Bytes the parameters take in memory (mapped files not counted).</summary>
    public long ResidentBytes => weights.ResidentBytes;

    /// <summary>Where adapters hang on.</summary>
    public NetworkLayers Layers => weights.Layers;

    public void Dispose() => weights.Dispose();
}

/// <summary>
/// Takes a network's parameters from a checkpoint. Loading is total: a first pass over the network's constructor compares names and
/// shapes without reading, and everything missing, unexpected or mis-shaped is reported in one error (HOUSE habit 9); the second reads.
/// </summary>
public sealed class CheckpointWeights : IWeightProvider, IDisposable
{
    private const int ListedNames = 12;
    private readonly WeightSource _source;
    private readonly WeightMap _map;
    private readonly LoadOptions _options;
    private readonly bool _reading;
    private readonly HashSet<string> _used = [];
    private readonly List<string> _missing = [];
    private readonly List<string> _misshaped = [];
    private readonly List<Tensor> _tensors = [];

    private CheckpointWeights(WeightSource source, WeightMap map, LoadOptions options, bool reading)
    {
        _source = source;
        _map = map;
        _options = options;
        _reading = reading;
    }

    public long ResidentBytes { get; private set; }

    public NetworkLayers Layers { get; } = new();

    /// <summary>Checks and loads.</summary>
    /// <param name="source">The stored tensors of this network.</param>
    /// <param name="map">The dialect of their names.</param>
    /// <param name="options">Device, compute type and storage.</param>
    /// <param name="network">What is loaded, for messages: "FLUX.1 transformer".</param>
    /// <param name="build">The network's constructor.</param>
    /// <param name="ignorable">Stored names that may be left over (heads that the pipeline does not use).</param>
    /// <exception cref="GessoException"><c>weights_mismatch</c> listing all differences.</exception>
    public static LoadedNetwork<T> Load<T>(
        WeightSource source, WeightMap map, LoadOptions options, string network, Func<WeightScope, T> build, Func<string, bool>? ignorable = null)
    {
        ArgumentNullException.ThrowIfNull(build);
        // parameters made in inference mode could take no part in a gradient later
        using var mode = inference_mode(false);
        using (var check = new CheckpointWeights(source, map, options, reading: false))
        {
            build(new WeightScope(check));
            check.ThrowOnDifferences(network, ignorable ?? (_ => false));
        }
        var weights = new CheckpointWeights(source, map, options, reading: true);
        try
        {
            return new LoadedNetwork<T>(build(new WeightScope(weights)), weights);
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    public bool Has(string name) => TryView(name, out _, out _);

    public Tensor Parameter(string name, long[] shape)
    {
        var view = View(name, shape);
        if (!_reading || view is null)
            return Keep(empty(0));
        var parameter = Keep(Materialise(view));
        Layers.Add(name, parameter);
        return parameter;
    }

    public ILinear Linear(string name, long inputs, long outputs, bool bias)
    {
        var view = View(name + ".weight", [outputs, inputs]);
        var biasTensor = bias ? Parameter(name + ".bias", [outputs]) : null;
        if (!_reading || view is null)
            return new Linear(Keep(empty(0, 0)), biasTensor);
        if (_options.Storage == LinearStorage.Compact && _options.Target.IsCpu && !view.IsFullPrecision)
            return Layers.Add(name, new CompactLinear(view, biasTensor));
        return Layers.Add(name, new Linear(Keep(Materialise(view)), biasTensor));
    }

    public Embedding Embedding(string name, long entries, long width)
    {
        var view = View(name + ".weight", [entries, width]) ?? new WeightView(name, [entries, width], []);
        return new Embedding(view, _options.Target.Device, _options.Target.Type);
    }

    public void Dispose()
    {
        Layers.Free();
        foreach (var tensor in _tensors)
            tensor.Dispose();
        _tensors.Clear();
    }

    private Tensor Materialise(WeightView view)
    {
        var (device, type) = (_options.Target.Device, _options.Target.Type);
        var decoded = view.Decode();
        if (type == ScalarType.Float32 && _options.Target.IsCpu)
            return decoded;
        using (decoded)
        {
            using var typed = decoded.to(type);
            return _options.Target.IsCpu ? typed.alias() : typed.to(device);
        }
    }

    private Tensor Keep(Tensor tensor)
    {
        tensor.DetachFromDisposeScope();
        _tensors.Add(tensor);
        if (_reading)
            ResidentBytes += tensor.NumberOfElements * tensor.ElementSize;
        return tensor;
    }

    private WeightView? View(string name, long[] shape)
    {
        if (!TryView(name, out var view, out string[] wanted))
        {
            _missing.Add(wanted.Length == 1 && wanted[0] == name ? name : $"{name} ({string.Join(" + ", wanted)})");
            return null;
        }
        // 1×1 convolutions of the ldm layout stand where other dialects have matrices: same elements, two more axes of size 1
        if (!view.Shape.AsSpan().TrimEnd(1).SequenceEqual(shape.AsSpan().TrimEnd(1)) || view.Elements != shape.Aggregate(1L, (a, b) => a * b))
        {
            _misshaped.Add($"{name}: expected [{string.Join(", ", shape)}], the file has {Stored(view)}");
            return null;
        }
        return new WeightView(name, shape, view.Parts);
    }

    /// <summary>The shape that the parts make together, or each of theirs where they do not fit together.</summary>
    private static string Stored(WeightView view)
    {
        static string Text(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";
        return view.Shape.Length == 0 && view.Parts.Count > 1 ? string.Join(" + ", view.Parts.Select(p => Text(p.Tensor.Shape))) : Text(view.Shape);
    }

    private bool TryView(string name, out WeightView view, out string[] wanted)
    {
        view = null!;
        (var layout, wanted) = _map.Resolve(name);
        if (layout == RowLayout.Same)
        {
            string? found = wanted.FirstOrDefault(_source.Contains);
            if (found is null)
                return false;
            var tensor = Use(found);
            view = new WeightView(name, [.. tensor.Shape], [_source.Whole(tensor, found)]);
            return true;
        }
        if (!wanted.All(_source.Contains))
            return false;
        List<WeightPart> parts = [.. wanted.Select(w => _source.Whole(Use(w), w))];
        if (layout == RowLayout.SwappedHalves)
        {
            long half = parts[0].Rows / 2;
            parts = [parts[0] with { FirstRow = half, Rows = parts[0].Rows - half }, parts[0] with { Rows = half }];
        }
        long[] shape = [parts.Sum(p => p.Rows), .. parts[0].Tensor.Shape.Skip(1)];
        bool sameWidth = parts.All(p => p.Tensor.Shape.Skip(1).SequenceEqual(parts[0].Tensor.Shape.Skip(1)));
        view = new WeightView(name, sameWidth ? shape : [], parts);
        return true;
    }

    private StoredTensor Use(string stored)
    {
        _used.Add(stored);
        return _source.Find(stored)!;
    }

    private void ThrowOnDifferences(string network, Func<string, bool> ignorable)
    {
        List<string> unexpected = [.. _source.Tensors.Keys.Where(n => !_used.Contains(n) && !ignorable(n)).Order(StringComparer.Ordinal)];
        if (_missing.Count + _misshaped.Count + unexpected.Count == 0)
            return;
        List<string> lines = [$"{_source.Path} does not fit the {network} ({_map.Dialect} names{(_source.Prefix.Length > 0 ? $", prefix {_source.Prefix}" : "")})."];
        Append(lines, "missing", _missing);
        Append(lines, "unexpected", unexpected);
        Append(lines, "of another shape", _misshaped);
        lines.Add("The file is damaged, or made for another model: `gesso inspect` shows what it holds.");
        throw GessoException.Invalid("weights_mismatch", string.Join('\n', lines));
    }

    private static void Append(List<string> lines, string what, List<string> names)
    {
        if (names.Count == 0)
            return;
        lines.Add($"  {names.Count} {what}:");
        lines.AddRange(names.Take(ListedNames).Select(n => $"    {n}"));
        if (names.Count > ListedNames)
            lines.Add($"    … and {names.Count - ListedNames} more");
    }
}
