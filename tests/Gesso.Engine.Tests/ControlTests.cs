using System.Text.Json.Nodes;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Pipelines;
using Gesso.Engine.Recipes;
using Gesso.Formats;
using Gesso.Testing;
using static TorchSharp.torch;

namespace Gesso.Engine.Tests;

/// <summary>Control pictures: a whole control model, and an adapter that makes the same model out of its base.</summary>
public sealed class ControlTests : IDisposable
{
    private const int Rank = 2;
    private static readonly int Channels = new TinyModel().Transformer.InChannels, Hidden = new TinyModel().Transformer.Hidden;
    private static readonly RasterImage Edges = Pictures.Noise(32, 24, 3, 9);
    private static readonly ImageRequest Followed = TinyEngine.Request with { ControlImage = Edges, Guidance = 4 };
    private readonly TestFolder _folder = new();
    private readonly string _base, _control, _adapter;

    public ControlTests()
    {
        _base = new TinyModel().WriteFolder(_folder.At("base"));
        float[] down = RandomValues.Normal(1, Rank * 2 * Channels, 0.3), up = RandomValues.Normal(2, Hidden * Rank, 0.3), bias = RandomValues.Normal(3, Hidden, 0.3);
        float[] norm = RandomValues.Normal(4, 32, 0.3, mean: 1);
        _adapter = new FileContent()
            .Add("img_in.lora_A.weight", StorageType.F32, [Rank, 2 * Channels], down)
            .Add("img_in.lora_B.weight", StorageType.F32, [Hidden, Rank], up)
            .Add("img_in.lora_B.bias", StorageType.F32, [Hidden], bias)
            .Add("double_blocks.0.img_attn.norm.query_norm.scale", StorageType.F32, [32], norm)
            .WriteSafetensors(_folder.At("control-lora.safetensors"));
        _control = _folder.Copy(_base, "control");
        WriteControlModel(down, up, bias, norm);
    }

    [Theory]
    [InlineData(ParityMode.Diffusers)]
    [InlineData(ParityMode.Bfl)]
    public void Control_adapter_on_its_base_draws_what_the_whole_control_model_draws(ParityMode parity)
    {
        using var leaks = new LeakCheck();
        using var whole = TinyEngine.Load(_control);
        using var adapted = TinyEngine.Load(_base);
        var request = Followed with { Parity = parity };

        float[] expected = Latents(whole, whole.Plan(request)), actual = Latents(adapted, adapted.Plan(request with { Adapters = [new ImageAdapter(_adapter)] }));

        Assert.InRange(expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max(), 0, 1e-4);
    }

    [Fact]
    public void Picture_follows_its_control_picture_and_draws_with_others_of_its_kind()
    {
        using var leaks = new LeakCheck();
        using var engine = TinyEngine.Load(_base);
        ImageAdapter[] adapters = [new ImageAdapter(_adapter)];
        byte[] Draw(ImageRequest request) => TinyEngine.Draw(engine, request).Single().Picture.Pixels;

        byte[] bare = Draw(TinyEngine.Request), first = Draw(Followed with { Adapters = adapters });

        Assert.NotEqual(first, Draw(Followed with { Adapters = adapters, ControlImage = Pictures.Noise(32, 24, 3, 10) }));
        Assert.Equal(bare, Draw(TinyEngine.Request));
        Assert.Equal(first, Draw(Followed with { Adapters = adapters }));
        var plan = engine.Plan(Followed with { Adapters = adapters });
        var other = engine.Plan(Followed with { Adapters = adapters, Seed = new Seed(99) });
        Assert.Equal(plan.BatchKey, other.BatchKey);
        var together = engine.Generate([new BatchItem(plan), new BatchItem(other)]).Where(s => s.Result is not null).OrderBy(s => s.Request).Select(s => s.Result!.Picture.Pixels).ToList();
        Assert.InRange(first.Zip(together[0], (a, b) => Math.Abs(a - b)).Max(), 0, 1);
    }

    [Fact]
    public void Picture_with_a_control_picture_continues_from_its_checkpoint()
    {
        using var leaks = new LeakCheck();
        using var engine = TinyEngine.Load(_control);
        var plan = engine.Plan(Followed);
        byte[] expected = engine.Generate(plan).Last().Result!.Picture.Pixels;
        byte[] checkpoint;
        using (var steps = engine.Generate(plan).GetEnumerator())
        {
            Assert.True(steps.MoveNext());
            checkpoint = steps.Current.SaveCheckpoint!();
        }

        Assert.Equal(expected, engine.Generate(plan, new GenerateOptions { Resume = new ResumePoint(0, checkpoint) }).Last().Result!.Picture.Pixels);
        Assert.False(engine.CanResume(engine.Plan(Followed with { ControlImage = Pictures.Noise(32, 24, 3, 10) }), new ResumePoint(0, checkpoint)));
    }

    [Fact]
    public void Control_picture_that_is_missing_or_of_no_use_is_told()
    {
        using var leaks = new LeakCheck();
        using var whole = TinyEngine.Load(_control);
        using var engine = TinyEngine.Load(_base);
        ImageAdapter[] adapters = [new ImageAdapter(_adapter)];

        Assert.True(whole.Card.TakesControl);
        Assert.Contains("--control-image", Refusal.Of("control_image_needed", () => whole.Plan(TinyEngine.Request)), StringComparison.Ordinal);
        Assert.Contains("control-lora.safetensors", Refusal.Of("control_image_needed", () => engine.Plan(TinyEngine.Request with { Adapters = adapters })), StringComparison.Ordinal);
        Refusal.Of("control_image_unused", () => engine.Plan(Followed));
        Assert.Contains("without --merge-lora", Refusal.Of("unsupported_adapter", ErrorKind.Refused, () => engine.Merge(adapters)), StringComparison.Ordinal);
    }

    [Fact]
    public void Recipe_names_the_control_picture_and_asks_for_it()
    {
        using var leaks = new LeakCheck();
        using var engine = TinyEngine.Load(_control);
        var plan = engine.Plan(Followed);
        var file = RecipeFile.Of("edges.png", [1, 2, 3]);

        var recipe = RecipeJson.Parse(RecipeJson.Write(plan.Request.ToRecipe(0, new RecipeModel("tiny", null), engine.Facts, controlImage: file)));

        Assert.Equal(file, recipe.ControlImage);
        Assert.Contains("--control-image", Refusal.Of("recipe_needs_picture", () => recipe.ToRequest()), StringComparison.Ordinal);
        Assert.Same(Edges, recipe.ToRequest(controlImage: Edges).ControlImage);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>The same model as base and adapter, in the weights of one: W' = [W, 0] + B·A, b' = b + the adapter's bias.</summary>
    private void WriteControlModel(float[] down, float[] up, float[] bias, float[] norm)
    {
        string path = Path.Combine(_control, "transformer", "diffusion_pytorch_model.safetensors");
        var content = FileContent.Read(path);
        float[] own = content["x_embedder.weight"].Values(), ownBias = content["x_embedder.bias"].Values();
        float[] widened = new float[Hidden * 2 * Channels];
        for (int row = 0; row < Hidden; row++)
        {
            for (int column = 0; column < 2 * Channels; column++)
            {
                float value = column < Channels ? own[row * Channels + column] : 0;
                for (int r = 0; r < Rank; r++)
                    value += up[row * Rank + r] * down[r * 2 * Channels + column];
                widened[row * 2 * Channels + column] = value;
            }
        }
        content
            .Add("x_embedder.weight", StorageType.F32, [Hidden, 2 * Channels], widened)
            .Add("x_embedder.bias", StorageType.F32, [Hidden], [.. ownBias.Zip(bias, (a, b) => a + b)])
            .Add("transformer_blocks.0.attn.norm_q.weight", StorageType.F32, [32], norm)
            .WriteSafetensors(path);
        string config = Path.Combine(_control, "transformer", "config.json");
        var json = JsonNode.Parse(File.ReadAllText(config))!;
        json["in_channels"] = 2 * Channels;
        json["out_channels"] = Channels;
        File.WriteAllText(config, json.ToJsonString());
        File.WriteAllText(Path.Combine(_control, "model_index.json"), """{"_class_name":"FluxControlPipeline"}""");
    }

    private static float[] Latents(ImageEngine engine, GenerationPlan plan)
    {
        using var run = engine.Pipeline.Start(plan.First);
        foreach (var _ in run.Denoise())
        {
        }
        return run.Latents.data<float>().ToArray();
    }
}
