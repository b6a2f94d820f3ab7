namespace Gesso.Tokenizers.Tests;

public class CorpusTests
{
    [Fact]
    public void Clip_gives_the_reference_ids_for_every_corpus_line()
    {
        var lines = 0;
        foreach (var root in GoldenRoot.All)
        {
            var folder = Path.Combine(root.Path, "tokenizers", "clip");
            var tokenizer = Directory.Exists(folder) ? ClipTokenizer.FromFolder(folder) : ClipTokenizer.Published();
            foreach (var line in root.Corpus())
            {
                AssertIds(line.Clip, tokenizer.Encode(line.Text), line.Text, root);
                AssertIds(line.Clip, ClipTokenizer.Published().Encode(line.Text), line.Text, root);
                lines++;
            }
        }

        Assert.True(lines > 0, $"no root has tables/tokenizer-corpus.jsonl: {string.Join(", ", GoldenRoot.All)}");
    }

    [Fact]
    public void T5_gives_the_reference_ids_for_every_corpus_line()
    {
        var lines = 0;
        foreach (var root in GoldenRoot.All)
        {
            var folder = Path.Combine(root.Path, "tokenizers", "t5");
            var tokenizer = Directory.Exists(folder) ? T5Tokenizer.FromFolder(folder) : T5Tokenizer.Published();
            foreach (var line in root.Corpus())
            {
                AssertIds(line.T5, tokenizer.Encode(line.Text), line.Text, root);
                AssertIds(line.T5, T5Tokenizer.Published().Encode(line.Text), line.Text, root);
                lines++;
            }
        }

        Assert.True(lines > 0, $"no root has tables/tokenizer-corpus.jsonl: {string.Join(", ", GoldenRoot.All)}");
    }

    [Fact]
    public void Text_cases_give_the_padded_ids_that_the_encoders_got()
    {
        var cases = 0;
        foreach (var root in GoldenRoot.All)
        {
            foreach (var (spec, folder) in root.Cases("text"))
            {
                var model = Path.Combine(root.Path, spec.GetProperty("model").GetString()!);
                var text = spec.GetProperty("text").GetString()!;
                var tensors = Path.Combine(folder, "tensors.safetensors");
                var clip = ClipTokenizer.FromFolder(Path.Combine(model, "tokenizer"));
                var t5 = T5Tokenizer.FromFolder(Path.Combine(model, "tokenizer_2"));
                AssertIds(GoldenRoot.Integers(tensors, "clip.ids"), clip.EncodePadded(text), text, root);
                AssertIds(GoldenRoot.Integers(tensors, "t5.ids"), t5.EncodePadded(text, spec.GetProperty("max_sequence_length").GetInt32()), text, root);
                cases++;
            }
        }

        Assert.SkipWhen(cases == 0, "no golden root has a case of kind text");
    }

    private static void AssertIds(int[] expected, int[] actual, string text, GoldenRoot root) => Assert.True(
        expected.AsSpan().SequenceEqual(actual),
        $"'{GoldenRoot.Show(text)}' of {root.Path}\nexpected {string.Join(' ', expected)}\nactual   {string.Join(' ', actual)}");
}
