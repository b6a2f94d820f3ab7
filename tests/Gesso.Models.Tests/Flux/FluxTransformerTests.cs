using Gesso.Contracts.Errors;
using Gesso.Models.Flux;
using Gesso.Testing;
using Gesso.Torch.Weights;
using static TorchSharp.torch;

namespace Gesso.Models.Tests.Flux;

public sealed class FluxTransformerTests
{
    private const int Image = 6, Text = 5;
    private static readonly TinyModel Tiny = new();

    [Fact]
    public void Forward_gives_the_same_bits_every_time()
    {
        using var leaks = new LeakCheck();
        using var network = Load(Tiny.TransformerWeights());
        using var again = Load(Tiny.TransformerWeights());

        float[] first = Velocity(network.Value, batch: 1);

        Assert.Equal(first, Velocity(network.Value, batch: 1));
        Assert.Equal(first, Velocity(again.Value, batch: 1));
        Assert.All(first, v => Assert.True(float.IsFinite(v)));
        Assert.Contains(first, v => Math.Abs(v) > 1e-3);
    }

    [Fact]
    public void A_batch_of_two_equals_two_batches_of_one()
    {
        using var leaks = new LeakCheck();
        using var network = Load(Tiny.TransformerWeights());

        float[] both = Velocity(network.Value, batch: 2);
        float[] apart = [.. Velocity(network.Value, batch: 1), .. Velocity(network.Value, batch: 1, first: 1)];

        Assert.Equal(apart, both, (a, b) => Math.Abs(a - b) < 1e-5);
        Assert.NotEqual(both[..(both.Length / 2)], both[(both.Length / 2)..]);
    }

    [Fact]
    public void Diffusers_names_hold_the_same_network()
    {
        using var leaks = new LeakCheck();
        var content = Tiny.TransformerWeights();
        using var bfl = Load(content);
        var stored = content.InDialect(FluxWeightMaps.Diffusers, Tiny.Transformer.Hidden);
        using var diffusers = new Network<FluxTransformer>(stored, FluxWeightMaps.Diffusers, w => new FluxTransformer(Tiny.Transformer, w));

        Assert.Equal(Velocity(bfl.Value, 1), Velocity(diffusers.Value, 1));
        // every tensor has a diffusers name; those of the fused dialect are all gone
        Assert.All(stored.Tensors.Keys, n => Assert.Matches("^(transformer_blocks|single_transformer_blocks|x_embedder|context_embedder|time_text_embed|norm_out|proj_out)\\.", n));
    }

    [Fact]
    public void Norms_may_be_called_weight_instead_of_scale()
    {
        using var leaks = new LeakCheck();
        using var scale = Load(Tiny.TransformerWeights());
        using var weight = Load(Tiny.TransformerWeights().Renamed(n => n.EndsWith("_norm.scale", StringComparison.Ordinal) ? n[..^5] + "weight" : n));

        Assert.Equal(Velocity(scale.Value, 1), Velocity(weight.Value, 1));
    }

    [Fact]
    public void A_probe_sees_every_activation_and_changes_nothing()
    {
        using var leaks = new LeakCheck();
        using var network = Load(Tiny.TransformerWeights());
        var names = new Names();

        float[] probed = Velocity(network.Value, 1, probe: names);

        Assert.Equal(["vec", "img_in", "txt_in", "double.0.img", "double.0.txt", "single.0", "single.1", "norm_out"], names.Seen);
        Assert.Equal(Velocity(network.Value, 1), probed);
    }

    [Fact]
    public void Guidance_is_asked_for_exactly_where_the_model_has_it()
    {
        using var leaks = new LeakCheck();
        var schnell = Tiny with { Dev = false };
        using var dev = Load(Tiny.TransformerWeights());
        using var plain = new Network<FluxTransformer>(schnell.TransformerWeights(), FluxWeightMaps.Bfl, w => new FluxTransformer(schnell.Transformer, w));

        Assert.Contains("needs a guidance value", Refusal.Of("guidance_mismatch", ErrorKind.Bug, () => Velocity(dev.Value, 1, guidance: false)));
        Assert.Contains("takes no guidance value", Refusal.Of("guidance_mismatch", ErrorKind.Bug, () => Velocity(plain.Value, 1)));
        Assert.NotEmpty(Velocity(plain.Value, 1, guidance: false));
    }

    [Fact]
    public void Wrong_shapes_are_exceptions_that_name_both_shapes()
    {
        using var leaks = new LeakCheck();
        using var network = Load(Tiny.TransformerWeights());
        var flux = network.Value;
        var c = Tiny.Transformer;
        void Expect(string what, Func<Tensor> img, Func<Tensor>? txt = null, Func<Tensor>? pooled = null, Func<Tensor>? time = null, int rotary = Text + Image)
        {
            using var scope = NewDisposeScope();
            string message = Refusal.Of("shape_mismatch", ErrorKind.Bug, () => flux.Forward(
                img(), txt?.Invoke() ?? zeros(1, Text, c.ContextDim), pooled?.Invoke() ?? zeros(1, c.PooledDim), time?.Invoke() ?? zeros(1), zeros(1),
                flux.Rotary(zeros(rotary, 3), zeros(0, 3))));
            Assert.Contains(what, message);
        }

        Tensor Img() => zeros(1, Image, c.InChannels);
        Expect("img [B,I,C]: expected the shape [1, any, 16], got [1, 6, 17]", () => zeros(1, Image, c.InChannels + 1));
        Expect("img", () => zeros(Image, c.InChannels));
        Expect("txt", Img, txt: () => zeros(1, Text, c.ContextDim - 1));
        Expect("txt", Img, txt: () => zeros(2, Text, c.ContextDim));
        Expect("pooled", Img, pooled: () => zeros(1, c.PooledDim + 1));
        Expect("time", Img, time: () => zeros(2));
        Expect("rotary factors", Img, rotary: Text + Image + 1);
    }

    [Fact]
    public void Time_features_are_cosines_then_sines_of_a_thousandfold_value()
    {
        using var scope = NewDisposeScope();

        float[] features = FluxTransformer.Sinusoid(tensor(new[] { 0.3f, 1 }), 8).data<float>().ToArray();

        for (int b = 0; b < 2; b++)
        {
            for (int i = 0; i < 4; i++)
            {
                double angle = new[] { 300.0, 1000 }[b] * Math.Pow(10_000, -i / 4.0);
                Assert.Equal(Math.Cos(angle), features[b * 8 + i], 2e-4);
                Assert.Equal(Math.Sin(angle), features[b * 8 + 4 + i], 2e-4);
            }
        }
    }

    private static Network<FluxTransformer> Load(FileContent content) => new(content, FluxWeightMaps.Bfl, w => new FluxTransformer(Tiny.Transformer, w));

    /// <summary>The velocity at pictures <paramref name="first"/> … of a fixed series.</summary>
    private static float[] Velocity(FluxTransformer flux, int batch, int first = 0, bool guidance = true, IForwardProbe? probe = null)
    {
        using var scope = NewDisposeScope();
        using var mode = inference_mode();
        Tensor Series(int seed, params long[] shape) => cat(
            [.. Enumerable.Range(first, batch).Select(b => tensor(RandomValues.Normal(seed + 10 * b, shape.Aggregate(1L, (x, y) => x * y))).view([1, .. shape]))], 0);
        var c = flux.Config;
        var time = tensor([.. Enumerable.Range(first, batch).Select(b => 0.9f - 0.4f * b)]);
        var imgIds = tensor(Enumerable.Range(0, Image).SelectMany(i => new float[] { 0, i / 3, i % 3 }).ToArray()).view(Image, 3);
        return flux.Forward(
            Series(1, Image, c.InChannels), Series(2, Text, c.ContextDim), Series(3, c.PooledDim), time,
            guidance ? full(batch, 3.5f) : null, flux.Rotary(zeros(Text, 3), imgIds), probe).data<float>().ToArray();
    }

    private sealed class Names : IForwardProbe
    {
        public List<string> Seen { get; } = [];

        public void Record(string name, Tensor value) => Seen.Add(name);
    }
}
