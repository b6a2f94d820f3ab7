using Gesso.Contracts.Images;
using Gesso.Diffusion.Adapters;
using Gesso.Formats;
using Gesso.Testing;
using Gesso.Torch.Layers;

namespace Gesso.Engine.Tests;

/// <summary>The estimate of adapters against the tensors that they become.</summary>
public sealed class AdapterMemoryTests(TinyEngine tiny) : IClassFixture<TinyEngine>, IDisposable
{
    private const string Layer = "diffusion_model.double_blocks.0.img_mlp.0";
    private const string Gated = "diffusion_model.single_blocks.0.linear1";
    private static readonly int Hidden = new TinyModel().Transformer.Hidden;
    private readonly TestFolder _folder = new();

    public static TheoryData<string> Kinds => ["lora", "biased", "dora by rows", "dora by columns", "lokr", "lokr of factors", "loha", "loha of high rank", "difference", "text", "norm", "two layers"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Told_size_is_that_of_the_loaded_tensors(string kind)
    {
        using var leaks = new LeakCheck();
        using var engine = TinyEngine.Load(tiny.Dev);
        string path = Content(kind).WriteSafetensors(_folder.At("adapter.safetensors"));

        var told = engine.Model.Adapters.NeedOf(path).Size;

        var loaded = engine.Model.Adapters.Take(path);
        Assert.Equal(loaded.ResidentBytes, told.ResidentBytes);
        Assert.True(told.ResidentBytes > 0);
        Assert.Equal(told, loaded.Size with { Layers = told.Layers });
        Assert.Equal(told.Layers, loaded.Size.Layers);
    }

    [Fact]
    public void Picture_with_adapters_is_estimated_larger_until_they_are_in_memory_and_by_their_work_from_then_on()
    {
        using var leaks = new LeakCheck();
        using var engine = TinyEngine.Load(tiny.Dev);
        string path = Content("lora").WriteSafetensors(_folder.At("adapter.safetensors"));
        var plan = engine.Plan(TinyEngine.Request).First;
        long before = MemoryEstimate.AdapterBytes([engine.Model.Adapters.NeedOf(path)], plan, engine.Model);

        long tensors = engine.Model.Adapters.Take(path).ResidentBytes;

        long after = MemoryEstimate.AdapterBytes([engine.Model.Adapters.NeedOf(path)], plan, engine.Model);
        long tokens = plan.Size.Pixels / (engine.Model.PixelStep * engine.Model.PixelStep) + plan.TextLength;
        Assert.Equal((tokens * 2 * 4, tensors), (after, before - after));
        Assert.Equal(2 * after, MemoryEstimate.AdapterBytes([engine.Model.Adapters.NeedOf(path)], plan, engine.Model, pictures: 2));
        Assert.Equal(0, MemoryEstimate.AdapterBytes([], plan, engine.Model));
    }

    [Fact]
    public void Picture_that_only_its_adapter_makes_too_large_is_refused_before_the_adapter_is_loaded()
    {
        using var leaks = new LeakCheck();
        using var engine = TinyEngine.Load(tiny.Dev);
        string path = Content("lora").WriteSafetensors(_folder.At("adapter.safetensors"));
        var absurd = engine.Plan(TinyEngine.Request).First with { Size = new ImageSize(1 << 24, 1 << 24) };

        string message = Refusal.Of("too_large_for_memory", () => MemoryEstimate.RequireFits(absurd, engine.Model, adapters: [engine.Model.Adapters.NeedOf(path)]));

        Assert.Contains("for activations and 1 adapters (", message, StringComparison.Ordinal);
        Assert.False(engine.Model.Adapters.NeedOf(path).IsHeld);
    }

    [Theory]
    [InlineData(WeightMemory.Expanded)]
    [InlineData(WeightMemory.Compact)]
    public void Merging_is_estimated_with_what_stays_in_memory(WeightMemory memory)
    {
        using var leaks = new LeakCheck();
        string model = _folder.Copy(tiny.Dev, "model"), weights = Path.Combine(model, "transformer", "diffusion_pytorch_model.safetensors");
        FileContent.Read(weights).Stored(StorageType.BF16).WriteSafetensors(weights);
        using var engine = ImageEngine.Load(new Gesso.Engine.Library.ModelSource { Path = model }, new EngineOptions { Device = "cpu", Weights = memory });
        string path = Content("lora").WriteSafetensors(_folder.At("adapter.safetensors"));
        long told = MemoryEstimate.MergeBytes([engine.Model.Adapters.NeedOf(path)], engine.Model);

        engine.Merge([new ImageAdapter(path)]);

        long grown = engine.Model.Transformer.Layers.Linears.Values.Select(l => l.Own).OfType<CompactLinear>().Where(l => l.Weight.IsInMemory)
            .Sum(l => l.Weight.Parts.Sum(p => p.Tensor.ByteLength));
        Assert.Equal(memory == WeightMemory.Compact ? 2L * 4 * Hidden * Hidden : 0, grown);
        long held = engine.Model.Adapters.Take(path).ResidentBytes, largest = 4L * Hidden * Hidden;
        Assert.Equal(held + grown + 3 * 4 * largest, told);
    }

    public void Dispose() => _folder.Dispose();

    private static FileContent Content(string kind)
    {
        FileContent content = new();
        long rows = 4 * Hidden;
        return kind switch
        {
            "lora" => Pair(content, Layer, rows),
            "biased" => Add(Add(Pair(content, Layer, rows), Layer + ".lora_B.bias", rows), Layer + ".diff_b", rows),
            "dora by rows" => Add(Pair(content, Layer, rows), Layer + ".dora_scale", rows, 1),
            "dora by columns" => Add(Pair(content, Layer, rows), Layer + ".dora_scale", 1, Hidden),
            "lokr" => Add(Add(content, Layer + ".lokr_w1", 4, 4), Layer + ".lokr_w2", rows / 4, Hidden / 4),
            "lokr of factors" => Add(Add(Add(content, Layer + ".lokr_w1", 4, 4), Layer + ".lokr_w2_a", rows / 4, 2), Layer + ".lokr_w2_b", 2, Hidden / 4),
            "loha" => Hadamard(content, rows, 2),
            "loha of high rank" => Hadamard(content, rows, 8),
            "difference" => Add(content, Layer + ".diff", rows, Hidden),
            "text" => Add(Add(content, "lora_te1_text_model_encoder_layers_0_mlp_fc1.lora_down.weight", 2, 64), "lora_te1_text_model_encoder_layers_0_mlp_fc1.lora_up.weight", 32, 2),
            "norm" => Add(Pair(content, Gated, 3 * Hidden + 256), "double_blocks.0.txt_attn.norm.key_norm.scale", 32),
            _ => Pair(Pair(content, Layer, rows), Gated, 3 * Hidden + 256),
        };
    }

    private static FileContent Hadamard(FileContent content, long rows, long rank)
    {
        foreach (string half in (string[])["hada_w1", "hada_w2"])
            Add(Add(content, $"{Layer}.{half}_a", rows, rank), $"{Layer}.{half}_b", rank, Hidden);
        return content;
    }

    private static FileContent Pair(FileContent content, string layer, long rows) => Add(Add(content, layer + ".lora_A.weight", 2, Hidden), layer + ".lora_B.weight", rows, 2);

    private static FileContent Add(FileContent content, string name, params long[] shape)
    {
        long count = shape.Aggregate(1L, (a, b) => a * b);
        return content.Add(name, StorageType.F32, shape, RandomValues.Normal(content.Tensors.Count, count, 0.3));
    }
}
