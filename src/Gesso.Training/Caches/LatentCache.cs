using System.Security.Cryptography;
using System.Text;
using Gesso.Diffusion.Latents;
using Gesso.Diffusion.Pipelines;
using Gesso.Training.Buckets;
using Gesso.Training.Datasets;
using TorchSharp;
using static TorchSharp.torch;

namespace Gesso.Training.Caches;

/// <summary>A picture as the transformer sees it.</summary>
/// <param name="Latents">[1, I, 4z] packed, f32, in the transformer's scale.</param>
/// <param name="Mask">[1, I, 4z] weights of cells, or null.</param>
public sealed record EncodedPicture(Tensor Latents, Tensor? Mask) : IDisposable
{
    public void Dispose()
    {
        Latents.Dispose();
        Mask?.Dispose();
    }
}

/// <summary>
/// Latents of pictures, encoded once: named by the picture's bytes, its crop and the autoencoder. The posterior is sampled once, by a seed that comes from the same
/// name, so a cache that is lost is made again to the same bits.
/// </summary>
public sealed class LatentCache(ContentCache cache, FluxModel model)
{
    private readonly Dictionary<(TrainingPicture, BucketFit, bool), string> _keys = [];

    /// <summary>How often the autoencoder was run.</summary>
    public int Encoded { get; private set; }

    /// <summary>Computes what is missing; true when it had to.</summary>
    public bool Prepare(TrainingPicture picture, BucketFit fit, bool flipped)
    {
        string key = Key(picture, fit, flipped);
        if (cache.Find(key) is { } found)
        {
            foreach (var tensor in found.Values)
                tensor.Dispose();
            return false;
        }
        Encode(picture, fit, flipped, key).Dispose();
        return true;
    }

    public EncodedPicture Get(TrainingPicture picture, BucketFit fit, bool flipped)
    {
        string key = Key(picture, fit, flipped);
        return cache.Find(key) is { } found ? new EncodedPicture(found["latents"], found.GetValueOrDefault("mask")) : Encode(picture, fit, flipped, key);
    }

    /// <summary>Read once a run: the files are not hashed again at every step.</summary>
    private string Key(TrainingPicture picture, BucketFit fit, bool flipped)
    {
        ArgumentNullException.ThrowIfNull(picture);
        if (!_keys.TryGetValue((picture, fit, flipped), out string? key))
        {
            string all = $"latents 1\n{model.AutoEncoderFingerprint.Value}\n{picture.ContentKey(fit, flipped)}";
            key = _keys[(picture, fit, flipped)] = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(all)));
        }
        return key;
    }

    private EncodedPicture Encode(TrainingPicture picture, BucketFit fit, bool flipped, string key)
    {
        using var outside = inference_mode(false);
        using var still = no_grad();
        using var scope = NewDisposeScope();
        var autoEncoder = model.AutoEncoder.Use();
        var target = model.Target;
        var (mean, deviation) = autoEncoder.Encode(Pixels.ToTensor(picture.Load(fit, flipped)).to(target.Type).to(target.Device));
        Encoded++;
        var noise = Randomness.Normal(Convert.ToInt64(key[..15], 16), mean.shape);
        var sampled = mean.to(ScalarType.Float32).cpu() + deviation.to(ScalarType.Float32).cpu() * noise;
        Dictionary<string, Tensor> tensors = new() { ["latents"] = PackedLatent.Pack(autoEncoder.ToModel(sampled)) };
        if (picture.LoadMask(fit, flipped) is { } mask)
        {
            int cell = model.AutoEncoderConfig.Downscale;
            var pixels = frombuffer(mask.Pixels, ScalarType.Byte).view(1, 1, mask.Height, mask.Width).to(ScalarType.Float32).div(255f);
            var cells = nn.functional.avg_pool2d(pixels, cell);                             // [1,1,h,w]
            tensors["mask"] = PackedLatent.Pack(cells.repeat(1, model.AutoEncoderConfig.LatentChannels, 1, 1));
        }
        cache.Keep(key, tensors);
        return new EncodedPicture(scope.MoveToOuter(tensors["latents"]), tensors.TryGetValue("mask", out var weights) ? scope.MoveToOuter(weights) : null);
    }
}
