// The panel is the program's own page; which tab it inspects stands in its address.
chrome.devtools.panels.create('Arenascope', '', `panel.html?tab=${chrome.devtools.inspectedWindow.tabId}`);
