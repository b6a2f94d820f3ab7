using Gesso.Diffusion.Conditioning;
using Gesso.Testing;
using static TorchSharp.torch;

namespace Gesso.Diffusion.Tests.Conditioning;

public sealed class PromptCacheTests
{
    private readonly List<string> _encoded = [];

    [Fact]
    public void Eight_prompts_are_kept_and_the_one_unused_longest_goes()
    {
        using var leaks = new LeakCheck();
        using var cache = Cache();
        Use(cache, "abcdefgh");

        Use(cache, "a");
        Use(cache, "i");
        Use(cache, "acdefghi");
        Assert.Equal("abcdefghi", string.Concat(_encoded));
        Use(cache, "b");

        Assert.Equal("abcdefghib", string.Concat(_encoded));
    }

    [Fact]
    public void Larger_batches_hold_their_prompts_together()
    {
        using var leaks = new LeakCheck();
        using var cache = Cache();
        cache.Hold(12);
        cache.Hold(2);

        Use(cache, "abcdefghijkl");
        Use(cache, "abcdefghijkl");

        Assert.Equal("abcdefghijkl", string.Concat(_encoded));
    }

    [Fact]
    public void Prompts_differ_by_both_texts_the_length_and_the_adapters_of_the_encoders()
    {
        using var leaks = new LeakCheck();
        using var cache = Cache();

        PromptStates[] all = [cache.Get("a", "b", 4), cache.Get("a", "c", 4), cache.Get("a", "b", 5), cache.Get("b", "a", 4), cache.Get("a", "b", 4, "brand:1")];

        Assert.Equal(5, all.Distinct().Count());
        Assert.Same(all[0], cache.Get("a", "b", 4));
    }

    private PromptCache Cache() => new((prompt, _, _) =>
    {
        _encoded.Add(prompt);
        return new PromptStates(zeros(1), zeros(1));
    });

    private static void Use(PromptCache cache, string prompts)
    {
        foreach (char prompt in prompts)
            cache.Get(prompt.ToString(), prompt.ToString(), 4);
    }
}
