namespace Headgate.Gateway.Relay.Epoll;

/// <summary>
/// The pipes of one loop. The last one given back is the next one given out, so that a loop of many bulk streams works with few, warm pipes. What was not
/// needed for a while is closed. Only empty pipes come back: what is left in a pipe of a dead connection would reach another tenant.
/// </summary>
internal sealed unsafe class PipePool(int most, int pipeBytes, Func<bool> mayOpen, Action<int> closed, Action<int, int> onSmall)
{
    /// <summary>A pipe of less than this is no better than copying.</summary>
    private const int LeastBytes = 64 * 1024;

    private readonly Stack<Pipe> _free = new();
    private int _open;
    private int _fewestFree;
    private bool _isSmallTold;

    /// <summary>The system gave none of use; asked again at the next <see cref="Trim"/>, not for each transfer.</summary>
    private bool _isRefused;

    /// <summary>Pipes open, in use or not.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>An empty pipe; null when as many as allowed are in use, or the system gives none of use.</summary>
    public Pipe? Rent()
    {
        if (!_free.TryPop(out var pipe))
        {
            return Create();
        }

        _fewestFree = Math.Min(_fewestFree, _free.Count);
        return pipe;
    }

    /// <summary>Takes back a pipe that is empty.</summary>
    public void Return(Pipe pipe) => _free.Push(pipe);

    /// <summary>Closes a pipe that may hold bytes.</summary>
    public void Discard(Pipe pipe)
    {
        pipe.Close();
        Volatile.Write(ref _open, _open - 1);
        closed(2);
    }

    /// <summary>Closes the pipes that nobody needed since the last call.</summary>
    public void Trim()
    {
        for (var spare = Math.Min(_fewestFree, _free.Count); spare > 0; spare--)
        {
            Discard(_free.Pop());
        }

        _fewestFree = _free.Count;
        _isRefused = false;
    }

    public void CloseFree()
    {
        while (_free.TryPop(out var pipe))
        {
            Discard(pipe);
        }
    }

    private Pipe? Create()
    {
        if (_open >= most || _isRefused || !mayOpen())
        {
            return null;
        }

        var ends = stackalloc int[2];
        if (Libc.CreatePipe(ends) < 0)
        {
            closed(2);
            _isRefused = true;
            return null;
        }

        // Without privilege a user has so many pages for all pipes; past them growing fails, and new pipes are of a page or two.
        _ = Libc.ResizePipe(ends[1], pipeBytes);
        var pipe = new Pipe(ends[0], ends[1], Libc.PipeSize(ends[1]));
        Volatile.Write(ref _open, _open + 1);
        if (pipe.Bytes < pipeBytes && !_isSmallTold)
        {
            _isSmallTold = true;
            onSmall(pipe.Bytes, _open);
        }

        if (pipe.Bytes >= LeastBytes)
        {
            return pipe;
        }

        Discard(pipe);
        _isRefused = true;
        return null;
    }
}
