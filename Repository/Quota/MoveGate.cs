namespace Headgate.Repository.Quota;

/// <summary>Lets many through at once, or closes for one: changes of a tenant's folders against a count of them. Both hold it for one step on the disk. Held by a thread.</summary>
internal sealed class MoveGate
{
    private readonly object _monitor = new();
    private int _inside;
    private bool _isClosed;

    /// <summary>Goes in, once nobody has it closed. Not twice on one thread.</summary>
    public Held Enter()
    {
        lock (_monitor)
        {
            while (_isClosed)
            {
                Monitor.Wait(_monitor);
            }

            _inside++;
        }

        return new Held(this, closes: false);
    }

    /// <summary>Closes it, and waits until everybody is out.</summary>
    public Held Close()
    {
        lock (_monitor)
        {
            while (_isClosed)
            {
                Monitor.Wait(_monitor);
            }

            _isClosed = true;
            while (_inside > 0)
            {
                Monitor.Wait(_monitor);
            }
        }

        return new Held(this, closes: true);
    }

    private void Leave(bool closes)
    {
        lock (_monitor)
        {
            if (closes)
            {
                _isClosed = false;
            }
            else
            {
                _inside--;
            }

            if (closes || (_isClosed && _inside == 0))
            {
                Monitor.PulseAll(_monitor);
            }
        }
    }

    /// <summary>To dispose once.</summary>
    internal readonly ref struct Held(MoveGate gate, bool closes)
    {
        public void Dispose() => gate.Leave(closes);
    }
}
