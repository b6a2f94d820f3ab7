using System.Text;
using Gesso.Tokenizers.Bpe;
using Gesso.Tokenizers.Unicode;

namespace Gesso.Tokenizers.Tests;

public class ByteLevelBpeTests
{
    [Fact]
    public void Alphabet_gives_each_byte_its_own_visible_character()
    {
        Assert.Equal(256, ByteLevelAlphabet.CharOf.Distinct().Count());
        Assert.Equal(256, ByteLevelAlphabet.Order.Distinct().Count());
        Assert.Equal("!ĠĊÿ", new string([.. "! \n\u00ff".Select(value => ByteLevelAlphabet.CharOf[value])]));
    }

    [Fact]
    public void Merges_apply_by_rank_and_from_the_left()
    {
        var vocabulary = Vocabulary("a", "b", "a</w>", "b</w>", "aa", "ab", "aa</w>", "?");
        var merges = new MergeTable(vocabulary);
        merges.Add("a", "a");
        merges.Add("a", "b");
        merges.Add("a", "a</w>");
        var bpe = new ByteLevelBpe(vocabulary, merges, "</w>", unknownId: 7);
        Assert.Equal("4 0 3", Encode(bpe, "aaab"));
        Assert.Equal("4 2", Encode(bpe, "aaa"));
        Assert.Equal("4 6", Encode(bpe, "aaaa"));
        Assert.Equal("5 6", Encode(bpe, "abaa"));
        Assert.Equal("0 7 2", Encode(bpe, "a!a"));
        Assert.Equal("7 7 0 3", Encode(bpe, "éab"));
    }

    [Fact]
    public void Byte_that_the_vocabulary_lacks_is_dropped_where_there_is_no_unknown_token()
    {
        var vocabulary = Vocabulary("a", "a</w>");
        Assert.Equal("0 1", Encode(new ByteLevelBpe(vocabulary, new MergeTable(vocabulary), "</w>", unknownId: null), "a!a"));
    }

    [Fact]
    public void Merging_equals_the_plain_way()
    {
        var random = new Random(6);
        var (vocabulary, pairs) = RandomMerges(random);
        var merges = new MergeTable(vocabulary);
        pairs.ForEach(pair => merges.Add(pair.Left, pair.Right));
        var bpe = new ByteLevelBpe(vocabulary, merges, "</w>", unknownId: null);
        for (var i = 0; i < 2000; i++)
        {
            var word = new string([.. Enumerable.Range(0, random.Next(1, 30)).Select(_ => (char)('a' + random.Next(3)))]);
            Assert.Equal(string.Join(' ', Plainly(word, vocabulary, pairs)), Encode(bpe, word));
        }
    }

    /// <summary>The definition: join the leftmost pair of the lowest rank until none is left.</summary>
    private static IEnumerable<int> Plainly(string word, Dictionary<string, int> vocabulary, List<(string Left, string Right)> pairs)
    {
        var parts = word.Select(letter => letter.ToString()).ToList();
        parts[^1] += "</w>";
        while (true)
        {
            var (_, left) = Enumerable.Range(0, parts.Count - 1)
                .Select(i => (Rank: pairs.IndexOf((parts[i], parts[i + 1])), i)).Where(entry => entry.Rank >= 0).DefaultIfEmpty((-1, -1)).Min();
            if (left < 0)
            {
                return parts.Select(part => vocabulary[part]);
            }

            parts[left] += parts[left + 1];
            parts.RemoveAt(left + 1);
        }
    }

    private static (Dictionary<string, int> Vocabulary, List<(string Left, string Right)> Pairs) RandomMerges(Random random)
    {
        var tokens = new List<string> { "a", "b", "c", "a</w>", "b</w>", "c</w>" };
        var pairs = new List<(string Left, string Right)>();
        while (pairs.Count < 60)
        {
            var (left, right) = (tokens[random.Next(tokens.Count)], tokens[random.Next(tokens.Count)]);
            if (!left.EndsWith("</w>") && !tokens.Contains(left + right))
            {
                tokens.Add(left + right);
                pairs.Add((left, right));
            }
        }

        return (Vocabulary([.. tokens]), pairs);
    }

    private static Dictionary<string, int> Vocabulary(params string[] tokens) =>
        tokens.Select((token, id) => (token, id)).ToDictionary(entry => entry.token, entry => entry.id);

    private static string Encode(ByteLevelBpe bpe, string word)
    {
        var (text, tokens) = (new MappedText(), new List<Token>());
        text.Append(word, 0);
        bpe.Append(text, new Segment(0, word.Length), tokens);
        return string.Join(' ', tokens.Select(token => token.Id));
    }
}
