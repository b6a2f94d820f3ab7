using Gesso.Contracts.Errors;
using Gesso.Torch.Layers;
using Gesso.Torch.Tensors;
using Gesso.Torch.Weights;
using static TorchSharp.torch;

namespace Gesso.Models.Flux;

/// <summary>Receives activations during a forward pass; for parity tests and analysis. The tensors are only valid during the call.</summary>
public interface IForwardProbe
{
    /// <param name="name"><c>vec</c>, <c>img_in</c>, <c>txt_in</c>, <c>double.N.img</c>, <c>double.N.txt</c>, <c>single.N</c>, <c>norm_out</c>.</param>
    /// <param name="value">The activation.</param>
    void Record(string name, Tensor value);
}

/// <summary>
/// The rectified-flow transformer of FLUX.1 (flux/src/flux/model.py Flux; diffusers transformer_flux.py): predicts the velocity
/// d x / d t of packed latents at time t.
/// </summary>
public sealed class FluxTransformer
{
    // B batch · I image tokens · T text tokens · C packed channels · D hidden
    private readonly ILinear _imgIn;
    private readonly ILinear _txtIn;
    private readonly Embedder _timeIn;
    private readonly Embedder _vectorIn;
    private readonly Embedder? _guidanceIn;
    private readonly DoubleStreamBlock[] _doubleBlocks;
    private readonly SingleStreamBlock[] _singleBlocks;
    private readonly ILinear _finalModulation;
    private readonly ILinear _finalLinear;

    public FluxTransformer(FluxConfig config, WeightScope weights)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(weights);
        Config = config;
        _imgIn = weights.Linear("img_in", config.InChannels, config.Hidden);
        _txtIn = weights.Linear("txt_in", config.ContextDim, config.Hidden);
        _timeIn = new Embedder(config.SinusoidDim, config.Hidden, weights["time_in"]);
        _vectorIn = new Embedder(config.PooledDim, config.Hidden, weights["vector_in"]);
        _guidanceIn = config.GuidanceEmbed ? new Embedder(config.SinusoidDim, config.Hidden, weights["guidance_in"]) : null;
        _doubleBlocks = [.. Enumerable.Range(0, config.DoubleBlocks).Select(n => new DoubleStreamBlock(config, weights["double_blocks"][n]))];
        _singleBlocks = [.. Enumerable.Range(0, config.SingleBlocks).Select(n => new SingleStreamBlock(config, weights["single_blocks"][n]))];
        _finalModulation = weights["final_layer"]["adaLN_modulation"].Linear("1", config.Hidden, 2L * config.Hidden);
        _finalLinear = weights["final_layer"].Linear("linear", config.Hidden, config.OutChannels);
    }

    public FluxConfig Config { get; }

    /// <summary>The rotary factors of a sequence; the same for every step of a picture.</summary>
    /// <param name="txtIds">[T, 3]</param>
    /// <param name="imgIds">[I, 3]</param>
    /// <returns>complex [T+I, 1, d/2]</returns>
    public Tensor Rotary(Tensor txtIds, Tensor imgIds)
    {
        using var ids = cat([txtIds, imgIds], 0);
        return RotaryEmbedding.Factors(ids, Config.Axes, Config.RotaryTheta);
    }

    /// <summary>One evaluation of the velocity.</summary>
    /// <param name="img">[B, I, InChannels] packed latents (with whatever Fill or Control join to them).</param>
    /// <param name="txt">[B, T, ContextDim] T5 states.</param>
    /// <param name="pooled">[B, PooledDim] CLIP state.</param>
    /// <param name="time">[B] in 0 … 1, f32; 1 is pure noise.</param>
    /// <param name="guidance">[B] distilled guidance, f32; null exactly when the model has none.</param>
    /// <param name="rotary">From <see cref="Rotary"/>.</param>
    /// <param name="probe">Sees inner activations.</param>
    /// <returns>[B, I, OutChannels]</returns>
    public Tensor Forward(Tensor img, Tensor txt, Tensor pooled, Tensor time, Tensor? guidance, Tensor rotary, IForwardProbe? probe = null)
    {
        long batch = img.shape[0];
        Check.Shape(img, "img [B,I,C]", batch, -1, _imgIn.Inputs);
        Check.Shape(txt, "txt [B,T,C]", batch, -1, Config.ContextDim);
        Check.Shape(pooled, "pooled [B,P]", batch, Config.PooledDim);
        Check.Shape(time, "time [B]", batch);
        if (Config.GuidanceEmbed != guidance is not null)
            throw GessoException.Bug("guidance_mismatch", Config.GuidanceEmbed ? "This model needs a guidance value." : "This model takes no guidance value.");

        using var scope = NewDisposeScope();
        (img, txt, var vec) = Embed(img, txt, pooled, time, guidance);
        probe?.Record("vec", vec);
        probe?.Record("img_in", img);
        probe?.Record("txt_in", txt);

        for (int n = 0; n < _doubleBlocks.Length; n++)
        {
            var (nextImg, nextTxt) = DoubleBlock(n, img, txt, vec, rotary);
            img.Dispose();
            txt.Dispose();
            (img, txt) = (nextImg, nextTxt);
            probe?.Record($"double.{n}.img", img);
            probe?.Record($"double.{n}.txt", txt);
        }

        var x = cat([txt, img], 1);                                                         // [B,T+I,D]
        for (int n = 0; n < _singleBlocks.Length; n++)
        {
            var next = SingleBlock(n, x, vec, rotary);
            x.Dispose();
            x = next;
            probe?.Record($"single.{n}", x);
        }
        return scope.MoveToOuter(Finish(x, vec, txt.shape[1], probe));
    }

    // The stages of Forward one by one, for training: it keeps what goes into a block and computes the block again when gradients come back.

    /// <summary>What goes into the blocks. Arguments as <see cref="Forward"/> has checked them.</summary>
    /// <returns>img [B, I, D], txt [B, T, D], vec [B, D]</returns>
    public (Tensor img, Tensor txt, Tensor vec) Embed(Tensor img, Tensor txt, Tensor pooled, Tensor time, Tensor? guidance)
    {
        ArgumentNullException.ThrowIfNull(img);
        using var scope = NewDisposeScope();
        var type = img.dtype;
        var vec = _timeIn.Forward(Sinusoid(time, Config.SinusoidDim).to(type));             // [B,D]
        if (_guidanceIn is not null)
            vec += _guidanceIn.Forward(Sinusoid(guidance!, Config.SinusoidDim).to(type));
        vec += _vectorIn.Forward(pooled);
        return scope.MoveToOuter(_imgIn.Forward(img), _txtIn.Forward(txt), vec);            // [B,I,D] [B,T,D] [B,D]
    }

    /// <summary>Double block n; image and text in, image and text out.</summary>
    public (Tensor img, Tensor txt) DoubleBlock(int n, Tensor img, Tensor txt, Tensor vec, Tensor rotary) => _doubleBlocks[n].Forward(img, txt, vec, rotary);

    /// <summary>Single block n on the joint sequence, text before image.</summary>
    /// <param name="n">0-based.</param>
    /// <param name="x">[B, T+I, D]</param>
    /// <param name="vec">[B, D]</param>
    /// <param name="rotary">From <see cref="Rotary"/>.</param>
    public Tensor SingleBlock(int n, Tensor x, Tensor vec, Tensor rotary) => _singleBlocks[n].Forward(x, vec, rotary);

    /// <summary>The velocity from what the last block left.</summary>
    /// <param name="x">[B, T+I, D]</param>
    /// <param name="vec">[B, D]</param>
    /// <param name="textTokens">T</param>
    /// <param name="probe">Sees <c>norm_out</c>.</param>
    /// <returns>[B, I, OutChannels]</returns>
    public Tensor Finish(Tensor x, Tensor vec, long textTokens, IForwardProbe? probe = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        using var scope = NewDisposeScope();
        var chunks = _finalModulation.Forward(nn.functional.silu(vec)).unsqueeze(1).chunk(2, -1);
        var normed = new Modulated(chunks[0], chunks[1] + 1, chunks[0]).Apply(x.narrow(1, textTokens, x.shape[1] - textTokens));    // [B,I,D]
        probe?.Record("norm_out", normed);
        return scope.MoveToOuter(_finalLinear.Forward(normed));                             // [B,I,OutChannels]
    }

    /// <summary>Features of a value in 0 … 1 (times 1000): cosines first, then sines, largest period 10,000 (flux/modules/layers.py timestep_embedding).</summary>
    /// <param name="value">[B]</param>
    /// <param name="dim">Even number of features.</param>
    /// <returns>[B, dim] f32</returns>
    internal static Tensor Sinusoid(Tensor value, int dim)
    {
        using var scope = NewDisposeScope();
        int half = dim / 2;
        var frequency = arange(half, ScalarType.Float32, value.device).mul(-Math.Log(10_000)).div(half).exp();
        var argument = value.to(ScalarType.Float32).mul(1000).unsqueeze(1) * frequency;     // [B,half]
        return scope.MoveToOuter(cat([argument.cos(), argument.sin()], -1));
    }

    /// <summary>Linear, SiLU, Linear (flux/modules/layers.py MLPEmbedder).</summary>
    private sealed class Embedder(int inputs, int hidden, WeightScope weights)
    {
        private readonly ILinear _in = weights.Linear("in_layer", inputs, hidden);
        private readonly ILinear _out = weights.Linear("out_layer", hidden, hidden);

        public Tensor Forward(Tensor x)
        {
            using var scope = NewDisposeScope();
            return scope.MoveToOuter(_out.Forward(nn.functional.silu(_in.Forward(x))));
        }
    }
}
