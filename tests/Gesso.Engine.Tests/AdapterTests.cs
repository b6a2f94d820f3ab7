using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Engine.Library;
using Gesso.Engine.Recipes;
using Gesso.Formats;
using Gesso.Testing;

namespace Gesso.Engine.Tests;

/// <summary>Adapters in requests: planned, drawn, recorded, swapped and merged.</summary>
public sealed class AdapterTests : IClassFixture<TinyEngine>, IDisposable
{
    private static readonly int Hidden = new TinyModel().Transformer.Hidden;
    private readonly TinyEngine _tiny;
    private readonly TestFolder _folder = new();

    public AdapterTests(TinyEngine tiny) => _tiny = tiny;

    [Fact]
    public void Adapters_of_a_request_change_its_pictures_and_no_others()
    {
        using var leaks = new LeakCheck();
        using var engine = TinyEngine.Load(_tiny.Dev);
        string a = Lora("a", 1), b = Lora("b", 3);
        byte[] Draw(params ImageAdapter[] adapters) => TinyEngine.Draw(engine, TinyEngine.Request with { Adapters = adapters }).Single().Picture.Pixels;

        byte[] bare = Draw(), first = Draw(new ImageAdapter(a)), second = Draw(new ImageAdapter(b, -1.5));

        Assert.NotEqual(bare, first);
        Assert.NotEqual(first, second);
        Assert.Equal(bare, Draw());
        Assert.Equal(first, Draw(new ImageAdapter(a)));
    }

    [Fact]
    public void Recipe_names_weighs_and_hashes_the_adapters_and_draws_the_same_again()
    {
        using var leaks = new LeakCheck();
        using var engine = TinyEngine.Load(_tiny.Dev);
        string path = Lora("brand", 1);
        var plan = engine.Plan(TinyEngine.Request with { Adapters = [new ImageAdapter(path, 0.8)] });
        byte[] drawn = engine.Generate(plan).Last().Result!.Picture.Pixels;

        string json = RecipeJson.Write(plan.Request.ToRecipe(0, new RecipeModel("tiny", null), engine.Facts, adapters: engine.AdaptersOf(plan)));
        var recipe = RecipeJson.Parse(json);

        Assert.Equal([new RecipeAdapter("brand", 0.8, engine.Model.Adapters.HashOf(path))], recipe.Adapters);
        Assert.Contains($"Lora hashes: brand: {recipe.Adapters[0].Sha256[..12]}".Replace("brand: ", "\"brand: ", StringComparison.Ordinal), A1111Text.Write(recipe), StringComparison.Ordinal);
        Assert.Contains("--lora", Refusal.Of("recipe_needs_adapter", () => recipe.ToRequest()), StringComparison.Ordinal);
        var found = new AdapterLibrary([]).Find(recipe, _folder.Path);
        Assert.Equal([new ImageAdapter(path, 0.8)], found);
        Assert.Equal(drawn, TinyEngine.Draw(engine, recipe.ToRequest(adapters: found)).Single().Picture.Pixels);
    }

    [Fact]
    public void Plan_tells_what_of_an_adapter_does_nothing_and_refuses_what_cannot_be_used()
    {
        using var leaks = new LeakCheck();
        using var engine = TinyEngine.Load(_tiny.Dev);
        var partly = Content(1);
        Pair(partly, "diffusion_model.single_blocks.77.linear1", 5, Hidden, 7 * Hidden);
        var control = new FileContent();
        Pair(control, "img_in", 7, 2 * new TinyModel().Transformer.InChannels, Hidden);

        var plan = engine.Plan(TinyEngine.Request with { Adapters = [new ImageAdapter(partly.WriteSafetensors(_folder.At("partly.safetensors")))] });
        Assert.Contains(plan.Notes, n => n.Contains("partly.safetensors: 1 of its layers are at work, 1 entries", StringComparison.Ordinal) && n.Contains("single_blocks.77.linear1", StringComparison.Ordinal));
        void Refused(string code, ErrorKind kind, ImageAdapter adapter) => Refusal.Of(code, kind, () => engine.Plan(TinyEngine.Request with { Adapters = [adapter] }));
        Refused("control_image_needed", ErrorKind.InvalidRequest, new ImageAdapter(control.WriteSafetensors(_folder.At("control.safetensors"))));
        var filled = Pair(new FileContent(), "img_in", 7, 6 * new TinyModel().Transformer.InChannels, Hidden);
        Refused("unsupported_adapter", ErrorKind.Refused, new ImageAdapter(filled.WriteSafetensors(_folder.At("fill.safetensors"))));
        Refused("out_of_range", ErrorKind.InvalidRequest, new ImageAdapter(Lora("a", 1), 11));
        Refused("out_of_range", ErrorKind.InvalidRequest, new ImageAdapter(Lora("a", 1), double.NaN));
        Refused("adapter_not_found", ErrorKind.InvalidRequest, new ImageAdapter(_folder.At("none.safetensors")));
    }

    [Fact]
    public void Requests_with_other_adapters_do_not_share_a_batch_or_a_checkpoint()
    {
        using var leaks = new LeakCheck();
        using var engine = TinyEngine.Load(_tiny.Dev);
        string path = Lora("a", 1);
        GenerationPlan Plan(params ImageAdapter[] adapters) => engine.Plan(TinyEngine.Request with { Adapters = adapters });
        GenerationPlan bare = Plan(), full = Plan(new ImageAdapter(path)), half = Plan(new ImageAdapter(path, 0.5));

        Assert.Equal(3, new[] { bare.BatchKey, full.BatchKey, half.BatchKey }.Distinct().Count());
        Assert.Equal(full.BatchKey, Plan(new ImageAdapter(path)).BatchKey);
        using var steps = engine.Generate(full).GetEnumerator();
        Assert.True(steps.MoveNext());
        byte[] checkpoint = steps.Current.SaveCheckpoint!();
        Assert.True(engine.CanResume(full, new ResumePoint(0, checkpoint)));
        Assert.False(engine.CanResume(half, new ResumePoint(0, checkpoint)));
        Assert.False(engine.CanResume(bare, new ResumePoint(0, checkpoint)));
    }

    [Theory]
    [InlineData(WeightMemory.Expanded)]
    [InlineData(WeightMemory.Compact)]
    public void Merged_adapters_draw_alike_and_are_recorded(WeightMemory memory)
    {
        using var leaks = new LeakCheck();
        string model = new TinyModel().WriteFolder(_folder.At("bf16"));
        Stored(model, StorageType.BF16);
        string path = Lora("a", 1);
        var options = new EngineOptions { Device = "cpu", Weights = memory };
        using var beside = ImageEngine.Load(new ModelSource { Path = model }, options);
        using var merged = ImageEngine.Load(new ModelSource { Path = model }, options);

        var notes = merged.Merge([new ImageAdapter(path, 0.8)]);

        Assert.Equal(memory == WeightMemory.Compact, notes.Any(n => n.Contains("16 bits", StringComparison.Ordinal)));
        byte[] expected = TinyEngine.Draw(beside, TinyEngine.Request with { Adapters = [new ImageAdapter(path, 0.8)] }).Single().Picture.Pixels;
        byte[] actual = TinyEngine.Draw(merged, TinyEngine.Request).Single().Picture.Pixels;
        Assert.InRange(expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max(), 0, 3);
        var adapter = Assert.Single(merged.AdaptersOf(merged.Plan(TinyEngine.Request)));
        Assert.Equal(("a", 0.8), (adapter.Name, adapter.Weight));
        Refusal.Of("out_of_range", () => merged.Merge([new ImageAdapter(path, 99)]));
    }

    /// <summary>A checkpoint with the adapter in it draws as the model with the adapter beside it; what is not adapted is copied byte by byte.</summary>
    [Theory]
    [InlineData(StorageType.F32, 0)]
    [InlineData(StorageType.BF16, 3)]
    [InlineData(StorageType.F8E4M3, 3)]
    public void Merged_checkpoint_draws_alike(StorageType type, int tolerance)
    {
        using var leaks = new LeakCheck();
        string model = new TinyModel().WriteFolder(_folder.At("model"));
        Stored(model, type);
        string path = Lora("a", 1), checkpoint = _folder.At("merged.safetensors"), transformer = Path.Combine(model, "transformer", "diffusion_pytorch_model.safetensors");
        byte[] expected = TinyEngine.Draw(new ModelSource { Path = model }, TinyEngine.Request with { Adapters = [new ImageAdapter(path, 0.8)] });

        var report = CheckpointMerge.Write(new ModelSource { Path = model }, [new ImageAdapter(path, 0.8)], checkpoint);

        Assert.Equal((1, type == StorageType.F8E4M3 ? 1 : 0, 0), (report.Changed, report.Widened, report.TextLayers));
        var (before, after) = (FileContent.Read(transformer), FileContent.Read(checkpoint));
        Assert.Equal(before.Tensors.Keys, after.Tensors.Keys);
        Assert.Single(before.Tensors, t => !t.Value.Bytes.AsSpan().SequenceEqual(after[t.Key].Bytes));
        File.Copy(checkpoint, transformer, overwrite: true);
        byte[] actual = TinyEngine.Draw(new ModelSource { Path = model }, TinyEngine.Request);
        Assert.InRange(expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max(), 0, tolerance);
    }

    [Fact]
    public void Adapter_files_are_found_by_path_and_by_name_with_a_weight_behind()
    {
        var library = new AdapterLibrary([_folder.At("none"), _folder.Path]);
        string path = Lora("brand", 1);

        Assert.Equal(new ImageAdapter(path), library.Parse(path));
        Assert.Equal(new ImageAdapter(path, 0.8), library.Parse(path + ":0.8"));
        Assert.Equal(new ImageAdapter(path, -1), library.Parse("Brand:-1"));
        Assert.Equal([("brand", path)], library.List());
        Assert.Contains("hold brand", Refusal.Of("adapter_not_found", () => library.Parse("brnad:0.5")), StringComparison.Ordinal);
        var recipe = new Recipe { Prompt = "", Adapters = [new RecipeAdapter("brand", 1, new string('0', 64))] };
        Assert.Contains("another content", Refusal.Of("recipe_needs_adapter", () => library.Find(recipe)), StringComparison.Ordinal);
    }

    [Fact]
    public void Recipe_with_a_broken_adapter_entry_is_refused()
    {
        Refusal.Of("recipe_invalid", () => RecipeJson.Parse("""{"schema_version":1,"prompt":"a","adapters":[{"name":"a","weight":1,"sha256":"00"}]}"""));
    }

    public void Dispose() => _folder.Dispose();

    private string Lora(string name, int seed) => Content(seed).WriteSafetensors(_folder.At(name + ".safetensors"));

    private static FileContent Content(int seed) => Pair(new FileContent(), "diffusion_model.double_blocks.0.img_mlp.0", seed, Hidden, 4 * Hidden);

    private static FileContent Pair(FileContent content, string layer, int seed, long inputs, long outputs) => content
        .Add(layer + ".lora_A.weight", StorageType.F32, [2, inputs], RandomValues.Normal(seed, 2 * inputs, 0.3))
        .Add(layer + ".lora_B.weight", StorageType.F32, [outputs, 2], RandomValues.Normal(seed + 1, 2 * outputs, 0.3));

    private static void Stored(string model, StorageType type)
    {
        string path = Path.Combine(model, "transformer", "diffusion_pytorch_model.safetensors");
        FileContent.Read(path).Stored(type).WriteSafetensors(path);
    }
}
