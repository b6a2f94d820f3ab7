namespace Gesso.Tokenizers.Bpe;

/// <summary>Binary heap of possible merges: lowest rank first, leftmost among equal ranks.</summary>
internal sealed class MergeQueue(int capacity)
{
    private ulong[] _heap = new ulong[Math.Max(capacity, 4)];
    private int _count;

    public void Add(int rank, int position)
    {
        if (_count == _heap.Length)
        {
            Array.Resize(ref _heap, _count * 2);
        }

        var entry = ((ulong)(uint)rank << 32) | (uint)position;
        var hole = _count++;
        while (hole > 0 && _heap[(hole - 1) / 2] > entry)
        {
            _heap[hole] = _heap[(hole - 1) / 2];
            hole = (hole - 1) / 2;
        }

        _heap[hole] = entry;
    }

    public bool TryTake(out int rank, out int position)
    {
        if (_count == 0)
        {
            (rank, position) = (0, 0);
            return false;
        }

        (rank, position) = ((int)(_heap[0] >> 32), (int)_heap[0]);
        var last = _heap[--_count];
        var hole = 0;
        for (var child = 1; child < _count; child = hole * 2 + 1)
        {
            if (child + 1 < _count && _heap[child + 1] < _heap[child])
            {
                child++;
            }

            if (_heap[child] >= last)
            {
                break;
            }

            _heap[hole] = _heap[child];
            hole = child;
        }

        _heap[hole] = last;
        return true;
    }
}
