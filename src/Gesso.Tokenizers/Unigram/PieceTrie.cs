namespace Gesso.Tokenizers.Unigram;

/// <summary>Prefix tree over UTF-16 units, kept in one hash table of (node, unit) → node. Node 0 is the root.</summary>
internal sealed class PieceTrie
{
    private ulong[] _keys;
    private int[] _children;
    private int[] _values;
    private int _nodes = 1;

    /// <param name="expectedNodes">A guess that saves growing; any number works.</param>
    public PieceTrie(int expectedNodes)
    {
        var size = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(64, expectedNodes * 2));
        _keys = new ulong[size];
        _children = new int[size];
        _values = new int[size];
        _values.AsSpan().Fill(-1);
    }

    /// <summary>Puts a text in; a later value replaces an earlier one.</summary>
    public void Add(ReadOnlySpan<char> text, int value)
    {
        var node = 0;
        foreach (var unit in text)
        {
            var slot = Slot(node, unit);
            if (_children[slot] == 0)
            {
                if (_nodes * 2 >= _keys.Length)
                {
                    Grow();
                    slot = Slot(node, unit);
                }

                _keys[slot] = Key(node, unit);
                _children[slot] = _nodes++;
            }

            node = _children[slot];
        }

        _values[node] = value;
    }

    /// <summary>The child reached by one unit, or -1.</summary>
    public int Step(int node, char unit)
    {
        var child = _children[Slot(node, unit)];
        return child == 0 ? -1 : child;
    }

    /// <summary>The value of the text that ends at a node, or -1.</summary>
    public int Value(int node) => _values[node];

    /// <summary>The value of a whole text, or -1.</summary>
    public int Find(ReadOnlySpan<char> text)
    {
        var node = 0;
        foreach (var unit in text)
        {
            if ((node = Step(node, unit)) < 0)
            {
                return -1;
            }
        }

        return _values[node];
    }

    private static ulong Key(int node, char unit) => ((ulong)(uint)node << 16) | unit;

    /// <summary>Where the pair is, or the free slot where it would go: no child of a free slot is other than 0, which no node has as child.</summary>
    private int Slot(int node, char unit)
    {
        var key = Key(node, unit);
        var mask = _keys.Length - 1;
        var slot = (int)((key * 0x9E3779B97F4A7C15UL) >> 32) & mask;
        while (_children[slot] != 0 && _keys[slot] != key)
        {
            slot = (slot + 1) & mask;
        }

        return slot;
    }

    private void Grow()
    {
        var (keys, children) = (_keys, _children);
        _keys = new ulong[keys.Length * 2];
        _children = new int[keys.Length * 2];
        for (var i = 0; i < keys.Length; i++)
        {
            if (children[i] != 0)
            {
                var slot = Slot((int)(keys[i] >> 16), (char)keys[i]);
                _keys[slot] = keys[i];
                _children[slot] = children[i];
            }
        }

        var filled = _values.Length;
        Array.Resize(ref _values, keys.Length * 2);
        _values.AsSpan(filled).Fill(-1);
    }
}
