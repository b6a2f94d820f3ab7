using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Gesso.Diffusion.Conditioning;
using Gesso.Diffusion.Pipelines;
using static TorchSharp.torch;

namespace Gesso.Training.Caches;

/// <summary>
/// States of captions, encoded once: named by the token ids that the caption becomes, and by the encoders. Another caption, another length, another tokenizer or
/// another encoder has another name.
/// </summary>
/// <param name="cache">Where they are kept.</param>
/// <param name="model">Whose encoders.</param>
/// <param name="length">T5 tokens, padding included.</param>
public sealed class TextCache(ContentCache cache, FluxModel model, int length)
{
    private readonly Dictionary<string, string> _keys = new(StringComparer.Ordinal);

    /// <summary>How often the encoders were run.</summary>
    public int Encoded { get; private set; }

    /// <summary>Computes what is missing; true when it had to.</summary>
    public bool Prepare(string caption)
    {
        string key = Key(caption);
        if (cache.Find(key) is { } found)
        {
            foreach (var tensor in found.Values)
                tensor.Dispose();
            return false;
        }
        Encode(caption, key).Dispose();
        return true;
    }

    /// <summary>The caller disposes it.</summary>
    public PromptStates Get(string caption)
    {
        string key = Key(caption);
        return cache.Find(key) is { } found ? new PromptStates(found["states"], found["pooled"]) : Encode(caption, key);
    }

    private string Key(string caption)
    {
        if (!_keys.TryGetValue(caption, out string? key))
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            hash.AppendData(Encoding.UTF8.GetBytes($"text 1\n{model.TextFingerprint.Value}{model.Adapters.MergedKey}\n{length}\n"));
            hash.AppendData(MemoryMarshal.AsBytes(model.ClipTokenizer.EncodePadded(caption).AsSpan()));
            hash.AppendData(MemoryMarshal.AsBytes(model.T5Tokenizer.EncodePadded(caption, length).AsSpan()));
            key = _keys[caption] = Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        return key;
    }

    private PromptStates Encode(string caption, string key)
    {
        using var states = new PromptEncoder(model.Clip.Use(), model.ClipTokenizer, model.T5.Use(), model.T5Tokenizer).Encode(caption, caption, length);
        Encoded++;
        cache.Keep(key, new Dictionary<string, Tensor> { ["states"] = states.States, ["pooled"] = states.Pooled });
        // as every other time from the file: tensors of inference mode take no part in gradients
        var found = cache.Find(key) ?? throw Contracts.Errors.GessoException.Unavailable("cache_lost", $"The states of a caption vanished from the cache right after they were written.");
        return new PromptStates(found["states"], found["pooled"]);
    }
}
