using Gesso.Contracts.Errors;
using Gesso.Diffusion.Adapters;
using Gesso.Diffusion.Pipelines;
using Gesso.Diffusion.Tests.Pipelines;
using Gesso.Formats;
using Gesso.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace Gesso.Diffusion.Tests.Adapters;

/// <summary>Adapters come and go in a model that stays loaded.</summary>
public sealed class AdapterShelfTests(TinyAdapters tiny) : IClassFixture<TinyAdapters>
{
    private const string Layer = "double_blocks.0.img_mlp.0";
    private static readonly long D = TinyAdapters.Hidden;

    [Fact]
    public void Swapped_adapters_draw_as_alone_and_leave_the_model_as_it_was()
    {
        using var leaks = new LeakCheck();
        string[] paths = [tiny.Lora(Layer, 1, D, 4 * D), tiny.Lora("single_blocks.1.linear2", 3, 5 * D, D),
            tiny.Write(TinyAdapters.Tensor(TinyAdapters.Tensor(new FileContent(), $"diffusion_model.{Layer}.diff_b", 5, 4 * D), "diffusion_model.single_blocks.0.norm.query_norm.diff", 6, 32)),
            tiny.Lora("lora_te1_text_model_encoder_layers_0_mlp_fc1", 7, 64, 32, prefix: "")];
        float[][] alone = [.. paths.Select(p => tiny.Draw(p, 1.5))];
        float[] bare = tiny.DrawBare();
        using var opened = tiny.Open();
        var model = opened.Model;

        foreach (int i in new[] { 0, 1, 2, 3, 1, 3, 0, 2 })
        {
            Assert.NotEqual(bare, alone[i]);
            Assert.Equal(alone[i], TinyAdapters.Draw(model, TinyAdapters.Planned(model, paths[i], 1.5)));
            if (i % 2 == 0)
                Assert.Equal(bare, TinyAdapters.Draw(model));
        }
    }

    [Fact]
    public void Adapters_add_up_in_any_order_and_weight_zero_is_none()
    {
        using var leaks = new LeakCheck();
        using var opened = tiny.Open();
        var model = opened.Model;
        PlannedAdapter a = TinyAdapters.Planned(model, tiny.Lora(Layer, 1, D, 4 * D)), b = TinyAdapters.Planned(model, tiny.Lora(Layer, 3, D, 4 * D), -0.5), decomposed = TinyAdapters.Planned(model, Decomposed(rows: true), 0.7);

        float[] bare = TinyAdapters.Draw(model), all = TinyAdapters.Draw(model, a, b, decomposed);

        TinyAdapters.AssertSame(all, TinyAdapters.Draw(model, decomposed, b, a));
        TinyAdapters.AssertDiffers(all, TinyAdapters.Draw(model, a, b));
        TinyAdapters.AssertSame(bare, TinyAdapters.Draw(model, a with { Strength = 0 }, decomposed with { Strength = 0 }));
        TinyAdapters.AssertSame(bare, TinyAdapters.Draw(model, a, a with { Strength = -1 }));
    }

    /// <summary>Against the definition, on the weights: W' = m · (W + Δ) / ‖W + Δ‖; at half strength half of the way there.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Weight_decomposed_adapter_is_its_definition(bool rows)
    {
        using var leaks = new LeakCheck();
        using var opened = tiny.Open();
        using var scope = NewDisposeScope();
        var (model, path) = (opened.Model, Decomposed(rows));
        var layer = model.Transformer.Layers.Linears[Layer];
        var own = layer.DenseWeight().clone();
        var adapted = own + TinyAdapters.Matrix(12, 4 * D, 2).mm(TinyAdapters.Matrix(11, 2, D));
        var expected = adapted * (tensor(TinyAdapters.Values(path, $"diffusion_model.{Layer}.dora_scale")).view(rows ? -1 : 1, rows ? 1 : -1) / linalg.vector_norm(adapted, 2, [rows ? 1L : 0L], keepdim: true));

        model.Adapters.Apply([TinyAdapters.Planned(model, path, 0.5)]);

        Assert.Null(TensorComparison.Difference("weight", layer.MergedWeight(), (own + expected) / 2, 1e-5));
        var x = TinyAdapters.Matrix(20, 3, D);
        Assert.Null(TensorComparison.Difference("answer", layer.Forward(x), nn.functional.linear(x, (own + expected) / 2, layer.Bias), 1e-5));
    }

    [Fact]
    public void Control_adapter_widens_the_input_sets_norms_and_adds_biases()
    {
        using var leaks = new LeakCheck();
        long channels = new TinyModel().Transformer.InChannels;
        var content = TinyAdapters.Pair(new FileContent(), "img_in.lora_A.weight", "img_in.lora_B.weight", 1, 2 * channels, D);
        TinyAdapters.Tensor(content, "img_in.lora_B.bias", 3, D);
        TinyAdapters.Tensor(content, "double_blocks.0.txt_attn.norm.key_norm.scale", 4, 32);
        string path = tiny.Write(content);
        using var opened = tiny.Open();
        using var scope = NewDisposeScope();
        var model = opened.Model;
        var layers = model.Transformer.Layers;
        var adapter = model.Adapters.Take(path);
        Assert.Equal(2 * channels, adapter.WidenedInput);
        Assert.Empty(adapter.Unused);
        var x = TinyAdapters.Matrix(5, 3, 2 * channels);
        var bare = layers.Linears["img_in"].Forward(x.narrow(1, 0, channels));

        model.Adapters.Apply([TinyAdapters.Planned(model, path)]);

        var expected = bare + x.mm(TinyAdapters.Matrix(1, 2, 2 * channels).t()).mm(TinyAdapters.Matrix(2, D, 2).t()) + TinyAdapters.Matrix(3, D);
        Assert.Null(TensorComparison.Difference("img_in", layers.Linears["img_in"].Forward(x), expected, 1e-5));
        Assert.Equal(TinyAdapters.Values(path, "double_blocks.0.txt_attn.norm.key_norm.scale"), layers.Parameters["double_blocks.0.txt_attn.norm.key_norm.scale"].Value.data<float>().ToArray());
        model.Adapters.Apply([]);
        Assert.Equal(channels, layers.Linears["img_in"].Inputs);
    }

    [Fact]
    public void Encoders_that_were_let_go_have_their_adapters_again()
    {
        using var leaks = new LeakCheck();
        string path = tiny.Lora("lora_te1_text_model_encoder_layers_0_mlp_fc1", 7, 64, 32, prefix: "");
        float[] expected = tiny.Draw(path, 2);
        using var opened = tiny.Open();
        var model = opened.Model;
        var adapter = TinyAdapters.Planned(model, path, 2);

        Assert.Equal(expected, TinyAdapters.Draw(model, adapter));
        model.Clip.Release();
        Assert.Equal(expected, TinyAdapters.Draw(model, adapter));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Merged_adapters_draw_as_those_beside_the_weights_also_after_a_reload(bool loadedBefore)
    {
        using var leaks = new LeakCheck();
        string lora = tiny.Lora(Layer, 1, D, 4 * D), text = tiny.Lora("lora_te1_text_model_encoder_layers_0_mlp_fc1", 7, 64, 32, prefix: ""), beside = tiny.Lora("single_blocks.1.linear2", 3, 5 * D, D);
        using var opened = tiny.Open();
        using var other = tiny.Open();
        var (model, reference) = (opened.Model, other.Model);
        if (loadedBefore)
            TinyAdapters.Draw(model);
        PlannedAdapter a = TinyAdapters.Planned(model, lora, 0.8), b = TinyAdapters.Planned(model, text), c = TinyAdapters.Planned(model, beside);

        model.Adapters.Merge([a, b]);

        Assert.Empty(model.Adapters.Applied);
        TinyAdapters.AssertSame(TinyAdapters.Draw(reference, a, b), TinyAdapters.Draw(model));
        model.Clip.Release();
        model.Transformer.Release();
        TinyAdapters.AssertSame(TinyAdapters.Draw(reference, a, b, c), TinyAdapters.Draw(model, c));
        TinyAdapters.AssertSame(TinyAdapters.Draw(reference, a, b), TinyAdapters.Draw(model));
    }

    [Fact]
    public void Shelf_keeps_eight_files_and_never_drops_what_is_put_on()
    {
        using var leaks = new LeakCheck();
        using var opened = tiny.Open();
        var model = opened.Model;
        string[] paths = [.. Enumerable.Range(0, 12).Select(i => tiny.Lora(Layer, 2 * i, D, 4 * D))];
        model.Adapters.Apply([TinyAdapters.Planned(model, paths[0])]);
        var first = model.Adapters.Take(paths[0]);

        long Live() => DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        foreach (string path in paths[1..8])
            model.Adapters.Take(path);
        long full = Live();
        foreach (string path in paths[8..])
            model.Adapters.Take(path);

        Assert.Equal(full, Live());
        Assert.Same(first, model.Adapters.Take(paths[0]));
        TinyAdapters.AssertSame(tiny.Draw(paths[0]), TinyAdapters.Draw(model, TinyAdapters.Planned(model, paths[0])));
        // more at once than the shelf has places
        TinyAdapters.AssertDiffers(TinyAdapters.Draw(model), TinyAdapters.Draw(model, [.. paths.Select(p => TinyAdapters.Planned(model, p, 0.1))]));
    }

    [Fact]
    public void File_that_changed_since_the_plan_is_refused_and_the_model_stays_as_it_was()
    {
        using var leaks = new LeakCheck();
        using var opened = tiny.Open();
        var model = opened.Model;
        string path = tiny.Lora(Layer, 1, D, 4 * D), changed = tiny.Lora(Layer, 5, D, 4 * D);
        var (good, planned) = (TinyAdapters.Planned(model, path), TinyAdapters.Planned(model, path) with { Path = changed, Sha256 = new string('0', 64) });
        model.Adapters.Apply([good]);

        Refusal.Of("adapter_changed", () => model.Adapters.Apply([planned]));

        Assert.Equal([good], model.Adapters.Applied);
    }

    [Fact]
    public void Pictures_with_other_adapters_take_turns_but_do_not_share_a_pass()
    {
        using var leaks = new LeakCheck();
        using var opened = tiny.Open();
        var model = opened.Model;
        PlannedAdapter a = TinyAdapters.Planned(model, tiny.Lora(Layer, 1, D, 4 * D)), b = TinyAdapters.Planned(model, tiny.Lora(Layer, 3, D, 4 * D));
        float[] first = TinyAdapters.Draw(model, a), second = TinyAdapters.Draw(model, b);
        using var pipeline = new FluxPipeline(model);
        using var one = pipeline.Start(TinyPipeline.Plan with { Adapters = [a] });
        using var two = pipeline.Start(TinyPipeline.Plan with { Adapters = [b] });

        Assert.Contains("same adapters", Refusal.Of("batch_mismatch", () => FluxBatch.Advance([one, two])), StringComparison.Ordinal);
        while (!one.IsDone)
        {
            FluxBatch.Advance([one]);
            FluxBatch.Advance([two]);
        }

        Assert.Equal(first, one.Latents.data<float>().ToArray());
        Assert.Equal(second, two.Latents.data<float>().ToArray());
    }

    /// <summary>On <see cref="Layer"/>: A of seed 11, B of seed 12, magnitudes around the weight's own norms.</summary>
    private string Decomposed(bool rows)
    {
        var content = TinyAdapters.Pair(new FileContent(), $"diffusion_model.{Layer}.lora_down.weight", $"diffusion_model.{Layer}.lora_up.weight", 11, D, 4 * D);
        long[] shape = rows ? [4 * D, 1] : [1, D];
        return tiny.Write(content.Add($"diffusion_model.{Layer}.dora_scale", StorageType.F32, shape, RandomValues.Normal(13, rows ? 4 * D : D, 0.2, rows ? 1.2 : 2.4)));
    }
}
