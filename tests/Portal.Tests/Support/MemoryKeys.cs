using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace Headgate.Portal.Tests;

/// <summary>Keeps the keys that protect cookies for as long as the test lives.</summary>
internal sealed class MemoryKeys : IXmlRepository
{
    private readonly List<XElement> _keys = [];

    public IReadOnlyCollection<XElement> GetAllElements()
    {
        lock (_keys)
        {
            return [.. _keys];
        }
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        lock (_keys)
        {
            _keys.Add(element);
        }
    }
}
