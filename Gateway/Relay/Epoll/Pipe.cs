namespace Headgate.Gateway.Relay.Epoll;

/// <summary>A kernel pipe, which splice moves pages through without copying them.</summary>
internal sealed class Pipe(int readEnd, int writeEnd, int bytes)
{
    public int ReadEnd => readEnd;

    public int WriteEnd => writeEnd;

    /// <summary>What it holds, as the kernel says.</summary>
    public int Bytes => bytes;

    public void Close()
    {
        _ = Libc.Close(readEnd);
        _ = Libc.Close(writeEnd);
    }
}
