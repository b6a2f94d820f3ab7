using Gesso.Models.Clip;
using Gesso.Models.T5;
using Gesso.Tokenizers;
using static TorchSharp.torch;

namespace Gesso.Diffusion.Conditioning;

/// <summary>What the transformer is told: T5 states of every token and the pooled CLIP state.</summary>
/// <param name="States">[1, T, ContextDim]</param>
/// <param name="Pooled">[1, PooledDim]</param>
public sealed record PromptStates(Tensor States, Tensor Pooled) : IDisposable
{
    public void Dispose()
    {
        States.Dispose();
        Pooled.Dispose();
    }
}

/// <summary>Prompt → states. Padding takes part in T5, no mask is given (Gesso.Models/T5/README.md).</summary>
public sealed class PromptEncoder(ClipTextEncoder clip, ClipTokenizer clipTokenizer, T5Encoder t5, T5Tokenizer t5Tokenizer)
{
    /// <summary>The states in f32 on the encoders' device; the caller disposes them.</summary>
    /// <param name="prompt">For CLIP.</param>
    /// <param name="prompt2">For T5.</param>
    /// <param name="length">T5 tokens, padding included.</param>
    public PromptStates Encode(string prompt, string prompt2, int length)
    {
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        var (_, pooled) = clip.Forward(clipTokenizer.EncodePadded(prompt), clipTokenizer.EosId);
        var states = t5.Forward(t5Tokenizer.EncodePadded(prompt2, length));
        return new PromptStates(scope.Detach(states), scope.Detach(pooled));
    }
}
