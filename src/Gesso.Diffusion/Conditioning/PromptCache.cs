namespace Gesso.Diffusion.Conditioning;

/// <summary>The states of the prompts used last, so that a series encodes its prompt once.</summary>
/// <param name="encode">Prompt for CLIP, prompt for T5 and length → states, which the cache owns.</param>
internal sealed class PromptCache(Func<string, string, int, PromptStates> encode) : IDisposable
{
    private const int FewestKept = 8;

    /// <summary>The prompt used last is at the end.</summary>
    private readonly List<((string, string, int, string) Key, PromptStates States)> _prompts = [];
    private int _kept = FewestKept;

    /// <summary>Makes room for what is in use at one time: a prompt must not push out another of the same batch.</summary>
    public void Hold(int prompts) => _kept = Math.Max(_kept, prompts);

    /// <summary>Kept until as many others were used as the cache holds.</summary>
    /// <param name="prompt">For CLIP.</param>
    /// <param name="prompt2">For T5.</param>
    /// <param name="length">T5 tokens.</param>
    /// <param name="adapters">What is put on the text encoders; states made with other adapters are other states.</param>
    public PromptStates Get(string prompt, string prompt2, int length, string adapters = "")
    {
        var key = (prompt, prompt2, length, adapters);
        int known = _prompts.FindIndex(p => p.Key == key);
        PromptStates states;
        if (known >= 0)
        {
            states = _prompts[known].States;
            _prompts.RemoveAt(known);
        }
        else
        {
            states = encode(prompt, prompt2, length);
            if (_prompts.Count == _kept)
            {
                _prompts[0].States.Dispose();
                _prompts.RemoveAt(0);
            }
        }
        _prompts.Add((key, states));
        return states;
    }

    public void Dispose()
    {
        foreach (var (_, states) in _prompts)
            states.Dispose();
        _prompts.Clear();
    }
}
