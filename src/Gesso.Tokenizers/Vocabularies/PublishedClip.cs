using System.Text;
using Gesso.Tokenizers.Bpe;
using Gesso.Tokenizers.Files;

namespace Gesso.Tokenizers.Vocabularies;

/// <summary>
/// OpenAI CLIP's vocabulary, which follows from its merges: the 256 bytes, the 256 bytes that end a word, one token for each merge, begin, end
/// (openai/CLIP <c>simple_tokenizer.py</c>); 49,408 in all.
/// </summary>
internal sealed record PublishedClip(Dictionary<string, int> Vocabulary, MergeTable Merges)
{
    public const string EndOfWord = "</w>";
    public const string Bos = "<|startoftext|>";
    public const string Eos = "<|endoftext|>";

    public static PublishedClip Read()
    {
        var vocabulary = new Dictionary<string, int>(capacity: 49408);
        foreach (var suffix in new[] { "", EndOfWord })
        {
            foreach (var value in ByteLevelAlphabet.Order)
            {
                vocabulary.Add(ByteLevelAlphabet.CharOf[value] + suffix, vocabulary.Count);
            }
        }

        var merges = new MergeTable(vocabulary);
        MergesTxt.ForEach(Encoding.UTF8.GetString(PublishedFiles.ClipMerges()), (left, right) =>
        {
            vocabulary.Add(string.Concat(left, right), vocabulary.Count);
            merges.Add(left, right);
        });
        vocabulary.Add(Bos, vocabulary.Count);
        vocabulary.Add(Eos, vocabulary.Count);
        return new PublishedClip(vocabulary, merges);
    }
}
