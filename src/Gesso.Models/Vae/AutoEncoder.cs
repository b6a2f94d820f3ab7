using Gesso.Torch.Tensors;
using Gesso.Torch.Weights;
using static TorchSharp.torch;

namespace Gesso.Models.Vae;

/// <summary>
/// The convolutional autoencoder of FLUX (flux/modules/autoencoder.py; latent diffusion, arXiv 2112.10752). Pixels are −1 … 1;
/// latents are raw here, scale and shift are applied by <see cref="ToModel"/> and <see cref="FromModel"/>.
/// </summary>
public sealed class AutoEncoder
{
    // B batch · H, W pixels · z latent channels · h = H / downscale
    private readonly Encoder _encoder;
    private readonly Decoder _decoder;
    private readonly Conv? _quant;
    private readonly Conv? _postQuant;

    public AutoEncoder(VaeConfig config, WeightScope weights)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(weights);
        Config = config;
        _encoder = new Encoder(config, weights["encoder"]);
        _decoder = new Decoder(config, weights["decoder"]);
        int z = config.LatentChannels;
        _quant = config.QuantConv ? new Conv(2 * z, 2 * z, 1, weights["quant_conv"]) : null;
        _postQuant = config.QuantConv ? new Conv(z, z, 1, weights["post_quant_conv"]) : null;
    }

    public VaeConfig Config { get; }

    /// <param name="pixels">[B, 3, H, W], −1 … 1; H and W multiples of the downscale.</param>
    /// <returns>mean and standard deviation of the posterior, each [B, z, h, w]</returns>
    public (Tensor mean, Tensor deviation) Encode(Tensor pixels)
    {
        Check.Shape(pixels, "pixels [B,3,H,W]", -1, 3, -1, -1);
        long cell = Config.Downscale;
        (long h, long w) = (pixels.shape[2] / cell, pixels.shape[3] / cell);
        Check.Shape(pixels, $"pixels [B,3,H,W] with sides that are multiples of {cell}", -1, 3, Math.Max(1, h) * cell, Math.Max(1, w) * cell);
        using var scope = NewDisposeScope();
        var encoded = _encoder.Forward(pixels);
        var moments = (_quant?.Forward(encoded) ?? encoded).chunk(2, 1);
        var deviation = moments[1].clamp(-30, 20).mul(0.5).exp();
        return scope.MoveToOuter(moments[0].contiguous(), deviation);
    }

    /// <param name="latent">[B, z, h, w], raw.</param>
    /// <returns>[B, 3, H, W], about −1 … 1</returns>
    public Tensor Decode(Tensor latent)
    {
        Check.Shape(latent, "latent [B,z,h,w]", -1, Config.LatentChannels, -1, -1);
        using var scope = NewDisposeScope();
        return scope.MoveToOuter(_decoder.Forward(_postQuant?.Forward(latent) ?? latent));
    }

    /// <summary>Raw latents → the scale that the transformer works in.</summary>
    public Tensor ToModel(Tensor latent)
    {
        ArgumentNullException.ThrowIfNull(latent);
        using var shifted = latent.sub(Config.ShiftFactor);
        return shifted.mul(Config.ScalingFactor);
    }

    /// <summary>The transformer's scale → raw latents.</summary>
    public Tensor FromModel(Tensor latent)
    {
        ArgumentNullException.ThrowIfNull(latent);
        using var scaled = latent.div(Config.ScalingFactor);
        return scaled.add(Config.ShiftFactor);
    }

    private sealed class Encoder
    {
        private readonly Conv _in;
        private readonly List<(ResidualBlock[] Blocks, Conv? Down)> _levels = [];
        private readonly MidBlock _mid;
        private readonly GroupNorm _normOut;
        private readonly Conv _out;

        public Encoder(VaeConfig config, WeightScope weights)
        {
            int width = config.Channels[0];
            _in = new Conv(3, width, 3, weights["conv_in"], padding: 1);
            for (int level = 0; level < config.Channels.Count; level++)
            {
                var scope = weights["down_blocks"][level];
                var blocks = new ResidualBlock[config.BlocksPerLevel];
                for (int b = 0; b < blocks.Length; b++, width = config.Channels[level])
                    blocks[b] = new ResidualBlock(width, config.Channels[level], config, scope["resnets"][b]);
                bool last = level == config.Channels.Count - 1;
                _levels.Add((blocks, last ? null : new Conv(width, width, 3, scope["downsamplers"][0]["conv"], stride: 2)));
            }
            _mid = new MidBlock(width, config, weights["mid_block"]);
            _normOut = new GroupNorm(width, config.NormGroups, weights["conv_norm_out"]);
            _out = new Conv(width, 2 * config.LatentChannels, 3, weights["conv_out"], padding: 1);
        }

        public Tensor Forward(Tensor x)                                                     // [B,3,H,W]
        {
            using var scope = NewDisposeScope();
            x = _in.Forward(x);
            foreach (var (blocks, down) in _levels)
            {
                foreach (var block in blocks)
                    x = Replace(x, block.Forward(x));
                // pads right and bottom only (diffusers Downsample2D with padding 0; flux Downsample)
                if (down is not null)
                    x = Replace(x, down.Forward(nn.functional.pad(x, [0, 1, 0, 1])));
            }
            return scope.MoveToOuter(_out.Forward(_normOut.ForwardSilu(_mid.Forward(x))));  // [B,2z,h,w]
        }
    }

    private sealed class Decoder
    {
        private readonly Conv _in;
        private readonly MidBlock _mid;
        private readonly List<(ResidualBlock[] Blocks, Conv? Up)> _levels = [];
        private readonly GroupNorm _normOut;
        private readonly Conv _out;

        public Decoder(VaeConfig config, WeightScope weights)
        {
            int width = config.Channels[^1];
            _in = new Conv(config.LatentChannels, width, 3, weights["conv_in"], padding: 1);
            _mid = new MidBlock(width, config, weights["mid_block"]);
            for (int level = 0; level < config.Channels.Count; level++)
            {
                var scope = weights["up_blocks"][level];
                int target = config.Channels[config.Channels.Count - 1 - level];
                var blocks = new ResidualBlock[config.BlocksPerLevel + 1];
                for (int b = 0; b < blocks.Length; b++, width = target)
                    blocks[b] = new ResidualBlock(width, target, config, scope["resnets"][b]);
                bool last = level == config.Channels.Count - 1;
                _levels.Add((blocks, last ? null : new Conv(width, width, 3, scope["upsamplers"][0]["conv"], padding: 1)));
            }
            _normOut = new GroupNorm(width, config.NormGroups, weights["conv_norm_out"]);
            _out = new Conv(width, 3, 3, weights["conv_out"], padding: 1);
        }

        public Tensor Forward(Tensor z)                                                     // [B,z,h,w]
        {
            using var scope = NewDisposeScope();
            var x = _in.Forward(z);
            x = Replace(x, _mid.Forward(x));
            foreach (var (blocks, up) in _levels)
            {
                foreach (var block in blocks)
                    x = Replace(x, block.Forward(x));
                if (up is not null)
                {
                    using var doubled = nn.functional.interpolate(x, scale_factor: [2, 2], mode: InterpolationMode.Nearest);
                    x = Replace(x, up.Forward(doubled));
                }
            }
            return scope.MoveToOuter(_out.Forward(_normOut.ForwardSilu(x)));                // [B,3,H,W]
        }
    }

    /// <summary>Frees the activation that the next one was made from: the peak is two feature maps, not all of them.</summary>
    private static Tensor Replace(Tensor old, Tensor next)
    {
        old.Dispose();
        return next;
    }
}
