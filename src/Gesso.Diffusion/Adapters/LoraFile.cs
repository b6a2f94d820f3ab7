using System.Runtime.InteropServices;
using Gesso.Contracts.Errors;
using Gesso.Formats;
using Gesso.Formats.Decoding;
using Gesso.Torch.Weights;
using static TorchSharp.torch;

namespace Gesso.Diffusion.Adapters;

/// <summary>An open adapter file: its tensors sorted by the layers they belong to. What the layers are in a network is <see cref="LoraPlan"/>'s matter.</summary>
public sealed class LoraFile : IDisposable
{
    private const int Listed = 6;
    private readonly ITensorFile _file;
    private readonly IReadOnlyList<LoraAlphas> _alphas;

    private LoraFile(ITensorFile file)
    {
        _file = file;
        Dictionary<string, LoraModule> modules = [];
        List<string> unknown = [];
        foreach (var tensor in file.Tensors.Values.OrderBy(t => t.Name, StringComparer.Ordinal))
        {
            if (LoraKey.Parse(tensor.Name) is not { } key || key.Role == LoraRole.Unsupported)
                unknown.Add(tensor.Name);
            else if (!(modules.TryGetValue(key.Module, out var module) ? module : modules[key.Module] = new LoraModule(key.Module)).Add(key.Role, tensor))
                throw GessoException.Invalid("adapter_ambiguous", $"{Path} holds {tensor.Name} twice, as two adapters do in one file. Save each to its own.");
        }
        // new values of parameters are part of an adapter; a file of nothing else is a model
        if (modules.Values.All(m => m.Tensors.Keys.All(r => r == LoraRole.Value)))
        {
            throw GessoException.Invalid("not_an_adapter",
                $"{Path} is no adapter: none of its {file.Tensors.Count} tensors is a LoRA, LoKr, LoHa or difference (the first: {file.Tensors.Keys.Order(StringComparer.Ordinal).FirstOrDefault() ?? "none"}). `gesso inspect` shows what it is.");
        }
        Modules = [.. modules.Values];
        Unknown = unknown;
        Dialect = LoraDialects.Of(Modules);
        _alphas = LoraAlphas.Read(Path, file.Metadata);
    }

    public string Path => _file.Path;

    /// <summary>Text of the header: what the trainer wrote.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _file.Metadata;

    /// <summary>The model family it was made for, by what its trainer wrote or the names of its layers; null: nothing tells.</summary>
    public string? Family => Metadata.GetValueOrDefault("modelspec.architecture") ?? Metadata.GetValueOrDefault("ss_base_model_version") ?? AdapterFamilies.Of(this);

    /// <summary>The words that call up what it learned, as its trainer wrote them; null: it wrote none.</summary>
    public string? Trigger => Metadata.GetValueOrDefault("modelspec.trigger_phrase") is { } phrase && !string.IsNullOrWhiteSpace(phrase) ? phrase : null;

    public LoraDialect Dialect { get; }

    public IReadOnlyList<LoraModule> Modules { get; }

    /// <summary>Tensors whose names say nothing to any dialect, or a method that is not supported (OFT, GLoRA, convolutions).</summary>
    public IReadOnlyList<string> Unknown { get; }

    /// <exception cref="GessoException">Unreadable, or no adapter; <c>adapter_half_pair</c>: a factor without the other.</exception>
    public static LoraFile Open(string path)
    {
        var file = TensorFiles.Open(path);
        try
        {
            var lora = new LoraFile(file);
            lora.RequireWhole();
            return lora;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>What the product of a module's factors is multiplied by: alpha / rank, from tensor or settings; 1 where nothing is said.</summary>
    public double Scale(LoraModule module)
    {
        ArgumentNullException.ThrowIfNull(module);
        if (module.Rank is not { } rank || rank == 0)
            return 1;
        if (module.Tensors.TryGetValue(LoraRole.Alpha, out var stored))
        {
            float[] alpha = new float[stored.Elements];
            TensorDecoder.Decode(stored.Type, _file.Bytes(stored), alpha);
            // kohya reads an alpha of 0 as "none", and none as the rank
            return alpha is [var only] && float.IsFinite(only) ? only == 0 ? 1 : only / rank
                : throw GessoException.Invalid("adapter_not_finite", $"{Path}: {stored.Name} is not one finite number. The file is damaged; save it again.");
        }
        return _alphas.Select(a => a.Scale(module.Name, rank)).FirstOrDefault(s => s is not null) ?? 1;
    }

    /// <summary>A tensor of a module in f32 on the CPU; axes of size 1 behind the first two are dropped (1×1 convolutions are matrices).</summary>
    /// <exception cref="GessoException"><c>adapter_not_finite</c></exception>
    public Tensor Read(LoraModule module, LoraRole role)
    {
        ArgumentNullException.ThrowIfNull(module);
        var stored = module.Tensors[role];
        using var scope = NewDisposeScope();
        long rows = stored.Shape.Count == 0 ? 1 : stored.Shape[0];
        var values = new WeightView(stored.Name, [.. stored.Shape], [new WeightPart(_file, stored, 0, rows, [])]).Decode();
        if (!System.Numerics.Tensors.TensorPrimitives.IsFiniteAll<float>(MemoryMarshal.Cast<byte, float>(values.bytes)))
        {
            throw GessoException.Invalid("adapter_not_finite",
                $"{Path}: {stored.Name} holds NaN or infinity, so every picture with it would be black. The training went wrong; use an earlier checkpoint of it.");
        }
        while (values.dim() > 2 && values.shape[^1] == 1)
            values = values.squeeze(-1);
        return scope.MoveToOuter(values);
    }

    /// <summary>The bytes of a tensor as stored, for copying.</summary>
    internal ReadOnlySpan<byte> Bytes(StoredTensor tensor) => _file.Bytes(tensor);

    public void Dispose() => _file.Dispose();

    private void RequireWhole()
    {
        List<string> half = [.. Modules.Select(m => (m.Name, Missing: string.Join(", ", m.Missing()))).Where(m => m.Missing.Length > 0).Select(m => $"{m.Name} lacks {m.Missing}")];
        if (half.Count > 0)
        {
            throw GessoException.Invalid("adapter_half_pair",
                $"{Path}: {half.Count} of its {Modules.Count} layers are incomplete, so they would do nothing: {string.Join("; ", half.Take(Listed))}{(half.Count > Listed ? " …" : "")}. The file was cut or converted wrongly; get it again.");
        }
    }
}
